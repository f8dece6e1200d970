/** `steps`: chains of awaits on the embedded broker, durable: many threads at once, one alone, all input there before. */
import { httpRounds } from "./line/http-round.ts";
import { closedLoop, preloaded } from "./line/load.ts";
import { type Pair, perSecond, takeTurns, withEmbeddedPair } from "./line/pair.ts";
import { median, type Row, type Table } from "./table.ts";

const ROUNDS = 5;
const LENGTH = 10;
const THREADS = 50;
const HTTP_THREADS = 500;
const PRELOADED_THREADS = 2_000;

export async function benchSteps(): Promise<readonly Table[]> {
  return withEmbeddedPair(async (pair) => [
    await groupsTable(pair),
    ...(await throughputTables(pair, "embedded", THREADS, PRELOADED_THREADS)),
    await httpTable(pair),
    await aloneTable(pair),
  ]);
}

/** So many threads at once as in the closed loop, without its way there and back for each step. */
async function groupsTable(pair: Pair): Promise<Table> {
  const { engine, passthrough } = await takeTurns(pair, ROUNDS, (line) =>
    preloaded(line, { threads: PRELOADED_THREADS, length: LENGTH, atOnce: THREADS }),
  );
  return {
    title: `embedded: ${PRELOADED_THREADS} chains of ${LENGTH} awaits, preloaded, ${THREADS} after ${THREADS} of them`,
    unit: "steps/s",
    reference: "passthrough",
    rows: [
      { name: "passthrough", rounds: passthrough.map(perSecond) },
      { name: "engine", rounds: engine.map(perSecond) },
    ],
    doesNotMeasure:
      "a machine for each part, as below. All records of a thread lie close together: a batch holds each of its threads " +
      "many times, and takes their steps one after the other.",
  };
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

async function httpTable({ broker, installation }: Pair): Promise<Table> {
  const shape = { threads: HTTP_THREADS, length: LENGTH, rounds: ROUNDS };
  const few = await httpRounds(broker, installation, { ...shape, threads: THREADS });
  const many = await httpRounds(broker, installation, shape);
  return {
    title: `embedded: chains of ${LENGTH} awaits over HTTP by an outside process, closed loop`,
    unit: "steps/s",
    reference: `${THREADS} threads`,
    rows: [
      { name: `${THREADS} threads`, rounds: few.map(perSecond) },
      { name: `${HTTP_THREADS} threads`, rounds: many.map(perSecond) },
    ],
    doesNotMeasure:
      "one request a step: records that became possible together go in one `POST /records`, and answers come over one " +
      "stream. The outside process takes its share of the same cores.",
  };
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
