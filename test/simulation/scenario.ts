/** What a seed means: how large the world is, what its threads do, and what goes wrong when. */
import { type NetworkFaults, NO_NETWORK_FAULTS, type Random } from "../../stream/fake/index.ts";
import type { Operation, Plan } from "./plan.ts";

export interface ThreadScenario {
  readonly threadId: string;
  readonly plan: Plan;
  readonly startMs: number;
  /** When each `inbox` message is sent; as many as the plan takes, or more. */
  readonly messagesMs: readonly number[];
  readonly end: { readonly command: "cancel" | "terminate"; readonly ms: number } | undefined;
  readonly startedTwice: boolean;
}

export type FaultKind =
  | "kill"
  | "pause"
  | "cutOff"
  | "brokers"
  | "jump"
  | "compact"
  | "leave"
  | "powerFailure"
  | "badDisk"
  | "noDisk";

export interface Fault {
  readonly atMs: number;
  readonly kind: FaultKind;
  /** Which process, by index. */
  readonly target: number;
  readonly forMs: number;
}

export interface Scenario {
  readonly partitions: number;
  readonly processes: number;
  readonly latencyMs: number;
  readonly maxMessageBytes: number;
  readonly network: NetworkFaults;
  readonly slowDisk: boolean;
  readonly fetchBatchesMax: number;
  readonly faults: readonly Fault[];
  /** When nothing goes wrong any more. */
  readonly calmMs: number;
  readonly threads: readonly ThreadScenario[];
  /** Records that nobody can serve. */
  readonly strays: readonly {
    readonly atMs: number;
    readonly kind: "noJson" | "noKey" | "unknownThread" | "elsewhere";
  }[];
  /** Other applications whose transactions on the ledger all abort, side by side with ours. */
  readonly strangers: number;
  readonly sabotage: "none" | "inputDeleted";
}

const FAULT_KINDS: readonly FaultKind[] = [
  "kill",
  "kill",
  "kill",
  "pause",
  "pause",
  "cutOff",
  "brokers",
  "jump",
  "compact",
  "compact",
  "leave",
  "powerFailure",
  "badDisk",
  "noDisk",
];

const DAY_MS = 86_400_000;

export function scenarioOf(random: Random): Scenario {
  const isCalm = random.chance(0.1);
  const isLossy = !isCalm && random.chance(0.5);
  const spanMs = random.pick([300, 2_000, 8_000]);
  const processes = random.pick([1, 1, 2, 2, 3]);
  const faultCount = isCalm ? 0 : random.below(7);
  const faults: Fault[] = [];
  for (let count = 0; count < faultCount; count++) {
    const kind = random.pick(FAULT_KINDS);
    const long = random.chance(0.03) && (kind === "kill" || kind === "noDisk") ? 1.2 * DAY_MS : 0;
    faults.push({
      atMs: random.next() * spanMs,
      kind,
      target: random.below(processes),
      forMs: long + random.next() * random.pick([50, 1_000, 15_000]),
    });
  }
  faults.sort((left, right) => left.atMs - right.atMs);
  const lossy: NetworkFaults = {
    lostRequest: random.next() * 0.04,
    lostAnswer: random.next() * 0.04,
    slow: random.next() * 0.04,
    slowMs: random.pick([20, 500, 12_000]),
  };
  const threads = Array.from({ length: 1 + random.below(5) }, (_, index) => threadOf(random, `t${index}`, spanMs));
  const strays = Array.from({ length: random.below(3) }, () => ({
    atMs: random.next() * spanMs,
    kind: random.pick(["noJson", "noKey", "unknownThread", "elsewhere"] as const),
  }));
  return {
    partitions: 1 + random.below(3),
    processes,
    latencyMs: random.pick([0.5, 2, 10]),
    maxMessageBytes: random.pick([900, 2_500, 1_000_000]),
    network: isLossy ? lossy : NO_NETWORK_FAULTS,
    fetchBatchesMax: random.pick([1, 3, 40, 40, 40]),
    slowDisk: !isCalm && random.chance(0.2),
    faults,
    calmMs: spanMs + 1_000,
    threads,
    strays,
    strangers: random.chance(0.3) ? 2 + random.below(3) : 0,
    sabotage: random.chance(0.03) ? "inputDeleted" : "none",
  };
}

function threadOf(random: Random, threadId: string, spanMs: number): ThreadScenario {
  const plan = planOf(random, threadId, 1 + random.below(6), true);
  const takes = plan.filter((operation) => operation.do === "take").length;
  const messages = takes + (random.chance(0.2) ? 1 : 0);
  return {
    threadId,
    plan,
    startMs: random.next() * spanMs * 0.5,
    messagesMs: Array.from({ length: messages }, () => random.next() * spanMs),
    end: random.chance(0.08)
      ? { command: random.pick(["cancel", "terminate"] as const), ms: random.next() * spanMs * 1.5 }
      : undefined,
    startedTwice: random.chance(0.1),
  };
}

function planOf(random: Random, threadId: string, length: number, maySpawn: boolean): Operation[] {
  const operations: Operation[] = [];
  for (let index = 0; index < length; index++) {
    const draw = random.below(maySpawn ? 22 : 21);
    if (draw < 6) operations.push({ do: "ask" });
    else if (draw < 10) operations.push({ do: "take" });
    else if (draw < 12) operations.push({ do: "tell" });
    else if (draw < 15) operations.push({ do: "sleep", ms: sleepOf(random) });
    else if (draw < 17) operations.push({ do: "askFor", ms: sleepOf(random) });
    else if (draw < 19) operations.push({ do: "grow", bytes: random.below(4_000) });
    else if (draw < 20) operations.push({ do: "trip" });
    else if (draw < 21) operations.push({ do: "stray", topic: random.pick(["missing", "forbidden"]) });
    else operations.push({ do: "spawn", threadId: `${threadId}-child`, plan: childPlan(random) });
  }
  // One child at most: a second start of the same thread would be another scenario.
  return operations.filter(
    (each, index) => each.do !== "spawn" || operations.findIndex(({ do: kind }) => kind === "spawn") === index,
  );
}

function childPlan(random: Random): Plan {
  return random.chance(0.5) ? [{ do: "ask" }] : [{ do: "sleep", ms: sleepOf(random) }, { do: "tell" }];
}

function sleepOf(random: Random): number {
  if (random.chance(0.02)) return Math.floor(random.between(1, 1.5) * DAY_MS);
  return 1 + random.below(random.pick([20, 500, 5_000]));
}
