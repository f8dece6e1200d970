/** `steps`: chains of awaits on the embedded broker, durable: many threads at once, one alone, all input there before. */
import { closedLoop, preloaded } from "./line/load.ts";
import { type Pair, perSecond, takeTurns, withEmbeddedPair } from "./line/pair.ts";
import { median, type Row, type Table } from "./table.ts";

const ROUNDS = 5;
const LENGTH = 10;
const THREADS = 50;
const PRELOADED_THREADS = 200;

export async function benchSteps(): Promise<readonly Table[]> {
  return withEmbeddedPair(async (pair) => [
    ...(await throughputTables(pair, "embedded", THREADS, PRELOADED_THREADS)),
    await aloneTable(pair),
  ]);
}

export async function throughputTables(
  pair: Pair,
  broker: string,
  threads: number,
  preloadedThreads: number,
): Promise<readonly Table[]> {
  const looped = await takeTurns(pair, ROUNDS, (line) => closedLoop(line, { threads, length: LENGTH }));
  const loaded = await takeTurns(pair, ROUNDS, (line) =>
    preloaded(line, { threads: preloadedThreads, length: LENGTH }),
  );
  const { state, status, history } = pair.bytes;
  const common = { unit: "steps/s", reference: "passthrough" };
  const rows = ({ engine, passthrough }: typeof looped): readonly Row[] => [
    { name: "passthrough", rounds: passthrough.map(perSecond) },
    { name: "engine", rounds: engine.map(perSecond) },
  ];
  return [
    {
      ...common,
      title: `${broker}: ${preloadedThreads} chains of ${LENGTH} awaits, preloaded`,
      rows: rows(loaded),
      doesNotMeasure:
        "a machine for each part: load, engine, sandboxes and broker share its cores, and the load runs in the engine's " +
        `own process. A step writes its answer, state (${state} B), status (${status} B) and history (${history} B); so ` +
        "does the passthrough. Records of one thread lie apart: most batches hold each thread once or twice.",
    },
    {
      ...common,
      title: `${broker}: ${threads} chains of ${LENGTH} awaits, closed loop`,
      rows: rows(looped),
      doesNotMeasure:
        "the most that can be done: each thread waits for its answer before it goes on, so batches are small and every " +
        "step pays for the way through the broker and back.",
    },
  ];
}

async function aloneTable(pair: Pair): Promise<Table> {
  const rounds = await takeTurns(pair, ROUNDS, (line) => closedLoop(line, { threads: 1, length: LENGTH }));
  return {
    title: "embedded: one thread alone",
    unit: "ms a step",
    reference: "passthrough",
    rows: [
      { name: "passthrough", rounds: rounds.passthrough.map(({ latenciesMs }) => median(latenciesMs)) },
      { name: "engine", rounds: rounds.engine.map(({ latenciesMs }) => median(latenciesMs)) },
    ],
    doesNotMeasure:
      "the engine apart from the disk: the write of the input and the transaction are each answered behind an fsync.",
  };
}
