// Errors: classes of one's own, finally order, rethrow, return overridden by finally, race and any, rejections that cross.
class Refused extends Error {
  override name = "Refused";
  readonly order: number;
  constructor(order: number, options?: ErrorOptions) {
    super(`order ${order} refused`, options);
    this.order = order;
  }
}

const trace: string[] = [];

async function attempt(order: number): Promise<string> {
  try {
    trace.push(`try ${order}`);
    await null;
    if (order === 1) throw new Refused(order, { cause: "stock" });
    if (order === 2) return await Promise.reject(new TypeError("two"));
    if (order === 3) return "three";
    if (order === 4) return null!.x;
    return `done ${order}`;
  } catch (error) {
    trace.push(`catch ${order} ${(error as Error).name}`);
    await null;
    if (error instanceof Refused) return `${error.name} ${error.order} ${error.cause} ${error instanceof Error} ${error.message}`;
    throw error;
  } finally {
    await null;
    trace.push(`finally ${order}`);
    if (order === 3) return "overridden";
  }
}

async function nested() {
  for (const n of [0, 1, 2, 3]) {
    try {
      try {
        if (n === 1) continue;
        await attempt(2);
      } finally {
        trace.push(`inner ${n}`);
        await null;
        if (n === 2) break;
      }
    } catch {
      trace.push(`outer ${n}`);
    }
  }
}

async function caught(work: () => unknown) {
  try {
    return await work();
  } catch (error) {
    return error instanceof AggregateError ? error.errors.map(String) : String(error);
  }
}

export async function main() {
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map(attempt));
  await nested();
  const slow = async (n: number) => { for (let i = 0; i < n; i++) await null; return n; };
  return {
    results: results.map((result) => (result.status === "fulfilled" ? result.value : String(result.reason))),
    race: await Promise.race([slow(9), slow(2), slow(5)]),
    any: await Promise.any([Promise.reject(1), slow(3)]),
    none: await caught(() => Promise.any([Promise.reject(1), Promise.reject(new RangeError("r"))])),
    thrown: await caught(async () => { throw new Refused(9); }),
    dead: await caught(() => { use(); let late = 1; function use() { return late; } return late; }),
    trace,
  };
}
