// Generators: delegation, return and throw from outside, finally, infinite ones with early exit, async ones.
function* count(from: number, to = from + 3): Generator<number, string, number | undefined> {
  let step: number | undefined = 1;
  try {
    for (let n = from; n < to; n += step ?? 1) step = yield n;
    return "end";
  } finally {
    trace.push(`closed ${from}`);
  }
}

const trace: unknown[] = [];

function* nested(): Generator<unknown> {
  trace.push(yield* count(1));
  try {
    yield "inside";
  } catch (error) {
    trace.push(`caught ${error}`);
    yield* ["x", "y"];
  }
}

function* forever() {
  for (let n = 0; ; n++) {
    const squares = () => n * n;
    yield squares;
  }
}

async function* ticks(limit: number) {
  for (let n = 0; n < limit; n++) {
    await null;
    try {
      yield n;
    } finally {
      await null;
      trace.push(`tick ${n} done`);
    }
  }
}

async function* chained() {
  yield* ticks(2);
  yield Promise.resolve("awaited");
}

export async function main() {
  const out: unknown[] = [];
  const g = count(0, 10);
  out.push(g.next(), g.next(3), g.next(4), g.return("early"), g.next());
  const n = nested();
  for (let r = n.next(); ; r = n.next()) {
    out.push(r.value);
    if (r.value === "inside") break;
  }
  out.push(n.throw("oops"), [...n]);
  for (const square of forever()) {
    if (square() > 10) break;
    out.push(square());
  }
  for await (const tick of ticks(5)) {
    out.push(tick);
    if (tick === 1) break;
  }
  const all: unknown[] = [];
  for await (const value of chained()) all.push(value);
  const [first, ...rest] = count(5);
  return { out, all, trace, first, rest, spread: Math.max(...count(7)), proto: Object.getPrototypeOf(g) === count.prototype };
}
