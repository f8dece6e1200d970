// Compensation closures, parallel branches, try/catch/finally around awaits, a loop over a list that shrinks.
type Undo = () => Promise<void>;

const log: string[] = [];
const later = <T>(value: T, turns = 1): Promise<T> => (turns === 0 ? Promise.resolve(value) : Promise.resolve().then(() => later(value, turns - 1)));

async function reserve(kind: string, turns: number, fails: boolean, undo: Undo[]): Promise<string> {
  log.push(`reserve ${kind}`);
  await later(null, turns);
  if (fails) throw new Error(`no ${kind}`);
  undo.push(async () => {
    await later(null);
    log.push(`cancel ${kind}`);
  });
  return `${kind}#${turns}`;
}

export async function main({ failing = "hotel" }: { failing?: string } = {}) {
  const undo: Undo[] = [];
  let outcome = "none";
  let attempts = 0;
  while (attempts < 2) {
    const last = attempts === 1;
    try {
      const [car, hotel, flight] = await Promise.all([
        reserve("car", 1, false, undo),
        reserve("hotel", 3, !last && failing === "hotel", undo),
        reserve("flight", 2, false, undo),
      ]);
      outcome = `${car} ${hotel} ${flight}`;
      return { outcome, log, attempts };
    } catch (error) {
      outcome = (error as Error).message;
      for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
      if (last) throw error;
    } finally {
      attempts++;
      await later(null);
      log.push(`attempt ${attempts} over: ${outcome}`);
    }
  }
}
