/**
 * Malformed records through the real engine and scheduler: each is served, dropped and counted, or in the dead-letter
 * topic with its coordinates and a reason; none stops its partition.
 */
import { engineDefinition, newCounters, ProgramRegistry } from "#engine";
import {
  DEFAULT_LIMITS,
  ERROR_CODES,
  engineTopicSpecs,
  HEADER_OFFSET,
  HEADER_PARTITION,
  HEADER_REASON,
  HEADER_TOPIC,
  topicNames,
} from "#protocol";
import type { SandboxPool } from "#runtime";
import { schedulerDefinition } from "#scheduler";
import { startRunner } from "#stream";
import {
  FakeBroker,
  FakeCluster,
  FakeDisk,
  SimulatedProcess,
  SimulatedTime,
  settled,
} from "../../stream/fake/index.ts";
import { deployPlan } from "../simulation/plan-program.ts";
import { damaged, randomBytes, randomText } from "./mutate.ts";

const TOPICS = topicNames("");
const PARTITIONS = 2;
const BOUND_MS = 600_000;
const utf8 = new TextEncoder();

export interface RecordsOutcome {
  readonly inputs: number;
  readonly served: number;
  readonly deadLetters: number;
  readonly problems: readonly string[];
}

export async function fuzzRecords(seed: number, count: number): Promise<RecordsOutcome> {
  const time = new SimulatedTime(seed);
  const cluster = new FakeCluster(time, 1);
  for (const spec of engineTopicSpecs({ partitions: PARTITIONS })) cluster.create(spec);
  deployPlan(cluster);
  const process = new SimulatedProcess(time, "engine");
  const broker = new FakeBroker({ cluster, process, disk: new FakeDisk() });
  const problems: string[] = [];
  const logger = {
    info() {},
    warn: (message: string) => problems.push(message),
    error: (message: string) => problems.push(message),
  };
  const common = {
    broker,
    clock: process.clock,
    randomBytes: (n: number) => time.random.bytes(n),
    logger,
    limits: { pollWaitMs: BOUND_MS },
  };
  const counters = newCounters();
  const opened = ProgramRegistry.open(broker, TOPICS.programs, process.clock).then((programs) => {
    const parts = { installation: "", programs, counters, history: true, runtimeVersion: "fuzz" };
    const engine = startRunner({
      ...common,
      definition: engineDefinition({ ...parts, pool: waitingPool(), limits: DEFAULT_LIMITS }),
      dataFolder: "engine",
    });
    const scheduler = startRunner({ ...common, definition: schedulerDefinition(""), dataFolder: "scheduler" });
    return { engine, scheduler };
  });
  write(cluster, count);
  let runners: Awaited<typeof opened> | undefined;
  opened.then(
    (each) => {
      runners = each;
    },
    (error: unknown) => problems.push(String(error)),
  );
  const endMs = time.nowMs + BOUND_MS;
  await settled();
  const isDrained = (): boolean =>
    [[TOPICS.resume, runners?.engine] as const, [TOPICS.scheduler, runners?.scheduler] as const].every(
      ([topic, runner]) => {
        const positions = runner?.metrics().positions;
        return cluster.topics
          .get(topic)!
          .logs.every((log, partition) => (positions?.[partition] ?? 0) > (log.truth().at(-1)?.offset ?? -1));
      },
    );
  while (problems.length === 0 && !isDrained() && (time.nextMs ?? endMs) < endMs && time.runOne()) await settled();
  if (!isDrained()) problems.push("the input was not processed to its end");
  const dead = cluster.topics.get(TOPICS.deadLetter)!.logs.flatMap((log) => log.truth());
  const places = new Set<string>();
  for (const { headers } of dead) {
    const place = `${headers[HEADER_TOPIC]}/${headers[HEADER_PARTITION]}/${headers[HEADER_OFFSET]}`;
    if (places.has(place)) problems.push(`${place} is in the dead-letter topic twice`);
    places.add(place);
    if (!Object.hasOwn(ERROR_CODES, headers[HEADER_REASON] ?? "")) problems.push(`${place}: no reason`);
  }
  process.kill();
  return {
    inputs: count,
    served: counters.steps,
    deadLetters: dead.length,
    problems: problems.map((each) => `seed ${seed}: ${each}`),
  };
}

/** Every thread waits for ever: what is fuzzed is the way to it. */
function waitingPool(): SandboxPool {
  return {
    addProgram() {},
    hasProgram: () => true,
    programSummary: () => Promise.reject(new Error("no summary")),
    async runSteps(requests) {
      return requests.map(({ stepId }) => ({
        kind: "advanced" as const,
        status: "running" as const,
        isPrivate: false,
        heap: Uint8Array.of(1),
        awaits: [
          { ref: `${stepId}:0`, functionIndex: -1, site: 0 },
          { ref: "x", functionIndex: -1, site: 0 },
        ],
        outputs: [],
        consumedMailbox: [],
        logs: [],
        result: null,
        resultTopic: null,
        stack: null,
        canResume: true,
      }));
    },
    discard() {},
    processes: () => [],
    health: () => [],
    async close() {},
  };
}

function write(cluster: FakeCluster, count: number): void {
  const { random, nowMs } = cluster.time;
  const identity = cluster.transactions.initPlain();
  const sequences = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const topic = random.chance(0.75) ? TOPICS.resume : TOPICS.scheduler;
    const partition = random.below(PARTITIONS);
    const threadId = `t${random.below(10)}`;
    const sound = topic === TOPICS.resume ? threadId : `${threadId}|{"ref":"x"}`;
    const key = random.chance(0.05)
      ? null
      : random.chance(0.7)
        ? utf8.encode(sound)
        : random.chance(0.5)
          ? damaged(random, utf8.encode(sound))
          : randomBytes(random);
    const value = random.chance(0.05) ? null : random.chance(0.2) ? utf8.encode("new:1") : randomBytes(random);
    const headers: Record<string, string> = {};
    for (const name of ["kawait-command", "kawait-on-conflict", "kawait-workflow", "kawait-origin", "kawait-reason"])
      if (random.chance(0.05))
        headers[name] = random.pick(["retry", "terminate", "cancel", "restart", randomText(random)]);
    const place = `${topic}/${partition}`;
    const sequence = sequences.get(place) ?? 0;
    sequences.set(place, sequence + 1);
    const record = { key, value, headers, timestampMs: random.pick([0, Math.floor(nowMs), -1, 8.6e15]) };
    cluster.log(topic, partition).append({ ...identity, sequence, transaction: undefined, records: [record] }, nowMs);
  }
}
