/**
 * Loads on a line. Every round uses threads of its own and ends when the last answer is visible to a read_committed
 * reader; then it checks that each record was processed once and answered once.
 *
 *   closed loop   each thread's next record is written when the answer to its last one is visible
 *   preloaded     all records become visible in one transaction, round the threads link by link, all threads or group after
 *                 group of them; the clock starts behind it
 */
import { randomBytes } from "node:crypto";
import { type Answer, inputRecord, type Line, LineClient } from "./line.ts";

export interface LoadShape {
  readonly threads: number;
  /** Answers a thread gives behind its first. */
  readonly length: number;
  /** Preloaded: so many threads lie side by side, and the next ones behind all their records; default: all of them. */
  readonly atOnce?: number;
}

export interface RoundResult {
  readonly ms: number;
  /** Records in, all answered. */
  readonly steps: number;
  /** Closed loop: from the write of a record until its answer was visible, by record. */
  readonly latenciesMs: readonly number[];
}

/** What never comes is given up after this long; nothing is timed by it. */
const PATIENCE_MS = 60_000;
const COUNT_AGAIN_MS = 2;
const TRANSACTION_TIMEOUT_MS = 60_000;

export async function closedLoop(line: Line, shape: LoadShape): Promise<RoundResult> {
  return withRound(line, shape, async (client, round) => {
    const sentAtMs = new Map<string, number>();
    const latenciesMs: number[] = [];
    const send = (inputs: readonly Answer[]): void => {
      for (const { threadId } of inputs) sentAtMs.set(threadId, performance.now());
      client.send(inputs, shape.length).catch(round.fail);
    };
    const start = performance.now();
    round.onAnswers = (answers) => {
      for (const { threadId } of answers) latenciesMs.push(performance.now() - sentAtMs.get(threadId)!);
      const next = answers.filter(({ link }) => link < shape.length);
      if (next.length > 0) send(next.map(({ threadId, link }) => ({ threadId, link: link + 1 })));
    };
    send(round.threadIds.map((threadId) => ({ threadId, link: 0 })));
    await round.finished;
    return { ms: performance.now() - start, steps: round.steps, latenciesMs };
  });
}

export async function preloaded(line: Line, shape: LoadShape): Promise<RoundResult> {
  return withRound(line, shape, async (_client, round) => {
    const { threads, length, atOnce = threads } = shape;
    const groups = Array.from({ length: Math.ceil(threads / atOnce) }, (_, at) =>
      round.threadIds.slice(at * atOnce, (at + 1) * atOnce),
    );
    const records = groups.flatMap((threadIds) =>
      Array.from({ length: length + 1 }, (_, link) =>
        threadIds.map((threadId) => inputRecord(line, threadId, link, length)),
      ).flat(),
    );
    const producer = await line.broker.openTransactionalProducer({
      transactionalId: `bench-load-${randomBytes(6).toString("hex")}`,
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
    });
    try {
      await producer.commit(records);
      const start = performance.now();
      await round.finished;
      return { ms: performance.now() - start, steps: round.steps, latenciesMs: [] };
    } finally {
      await producer.close();
    }
  });
}

class Round {
  readonly steps: number;
  readonly threadIds: readonly string[];
  readonly finished: Promise<void>;
  onAnswers: (answers: readonly Answer[]) => void = () => {};
  fail: (error: unknown) => void = () => {};
  readonly #expected: Map<string, number>;
  #left: number;
  #finish: () => void = () => {};

  constructor({ threads, length }: LoadShape) {
    const name = randomBytes(4).toString("hex");
    this.threadIds = Array.from({ length: threads }, (_, number) => `${name}-${number}`);
    this.steps = threads * (length + 1);
    this.#left = this.steps;
    this.#expected = new Map(this.threadIds.map((threadId) => [threadId, 0]));
    this.finished = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.fail = reject;
    });
  }

  take(answers: readonly Answer[]): void {
    for (const { threadId, link } of answers) {
      const expected = this.#expected.get(threadId);
      if (expected !== link) {
        this.fail(new Error(`thread ${threadId} answered ${link}, and ${expected} was its turn`));
        return;
      }
      this.#expected.set(threadId, link + 1);
    }
    this.onAnswers(answers);
    this.#left -= answers.length;
    if (this.#left === 0) this.#finish();
  }
}

async function withRound(
  line: Line,
  shape: LoadShape,
  run: (client: LineClient, round: Round) => Promise<RoundResult>,
): Promise<RoundResult> {
  const round = new Round(shape);
  const before = line.checkedCount();
  const client = await LineClient.open(line);
  client.onAnswers = (answers) => round.take(answers);
  client.onFailure = (error) => round.fail(error);
  const patience = setTimeout(() => round.fail(new Error(`no end after ${PATIENCE_MS} ms`)), PATIENCE_MS);
  // Whoever runs the round awaits it; until then a failure is not unheard.
  round.finished.catch(() => {});
  try {
    const result = await run(client, round);
    await counted(line, before + round.steps);
    return result;
  } finally {
    clearTimeout(patience);
    await client.close();
  }
}

/** An answer can be visible a moment before the line has counted its record. */
async function counted(line: Line, count: number): Promise<void> {
  const giveUp = performance.now() + PATIENCE_MS;
  while (line.checkedCount() < count && performance.now() < giveUp)
    await new Promise((resolve) => setTimeout(resolve, COUNT_AGAIN_MS));
  if (line.checkedCount() !== count)
    throw new Error(`${count} records were answered, ${line.checkedCount()} were processed`);
}
