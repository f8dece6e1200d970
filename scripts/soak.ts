/**
 * `npm run soak -- --minutes 30 [--brokers 3] [--engines 3] [--seed N]`: exactly once on a real Kafka under everything
 * that can happen to a process, for as long as one likes.
 *
 * Loads of countable effects follow one another while lanes of mishaps run beside them: SIGKILL of engines, scheduler,
 * sandboxes and brokers; SIGSTOP of an engine, also of all of them beyond the transaction timeout; deleted stores; members
 * that leave and join; a zombie that fences the owners and is killed. At the end all is up again, the last load ends, and
 * every effect of every load is counted. Exit code 1 where one was lost or doubled.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { Fleet, INSTALLATION, PARTITIONS } from "../test/kill/fleet.ts";
import { killChildren } from "../test/kill/kill-children.ts";
import { Ledger } from "../test/kill/ledger.ts";
import { randomOf } from "../test/kill/seed.ts";
import { commandLine } from "./command-line.ts";

const THREADS = 16;
const ROUNDS = 40;
const PATIENCE_MS = 300_000;
const START_ATTEMPTS = 20;
/** Beyond the transaction timeout of 10 s. */
const LONG_STOP_MS = 12_000;
const REPORT_MS = 60_000;
const FENCER = new URL("../test/kill/fencer.ts", import.meta.url).pathname;

const values = commandLine("npm run soak", "Exactly once on real Kafka, while processes are killed and stopped.", {
  minutes: { kind: "count", least: 1, default: 30, means: "how long" },
  brokers: { kind: "count", least: 1, default: 1, means: "how many brokers" },
  engines: { kind: "count", least: 1, default: 3, means: "how many engines" },
  seed: { kind: "count", means: "what happens when" },
});
const { minutes, brokers: nodes, engines, seed = Math.floor(Math.random() * 2 ** 31) } = values;
const random = randomOf(seed);
const counts = new Map<string, number>();
const loads: Ledger[] = [];
const endMs = Date.now() + minutes * 60_000;

const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
const isOver = (): boolean => Date.now() > endMs;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const between = (low: number, high: number): number => low + random() * (high - low);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString()}  ${text}\n`);
}

function kills(): number {
  let sum = 0;
  for (const [what, times] of counts) if (what.startsWith("kill")) sum += times;
  return sum;
}

function summary(): string {
  const told = [...counts].sort().map(([what, times]) => `${what} ${times}`);
  return `${kills()} kills (${told.join(", ")})`;
}

/** As a supervisor does it: a start that fails, because the brokers are away, is tried again. */
async function startAgain(fleet: Fleet, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await fleet.start(name);
      return;
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      count("failed start");
      await wait(500);
    }
  }
}

type Mishap = (fleet: Fleet, engine: string) => Promise<void>;

const ENGINE_MISHAPS: readonly Mishap[] = [
  async (fleet, engine) => {
    await fleet.kill(engine);
    count("kill engine");
    await startAgain(fleet, engine);
  },
  async (fleet, engine) => {
    await fleet.kill(engine);
    count("kill engine");
    await fleet.deleteData(engine);
    count("store deleted");
    await startAgain(fleet, engine);
  },
  async (fleet, engine) => {
    await fleet.end(engine);
    count("leave and join");
    await wait(between(200, 3000));
    await startAgain(fleet, engine);
  },
  async (fleet, engine) => {
    fleet.signal(engine, "SIGSTOP");
    count("stop");
    await wait(between(500, 9000));
    fleet.signal(engine, "SIGCONT");
  },
  async (fleet) => {
    for (const name of ENGINES) fleet.signal(name, "SIGSTOP");
    count("stop of all engines beyond the transaction timeout");
    await wait(LONG_STOP_MS);
    for (const name of ENGINES) fleet.signal(name, "SIGCONT");
  },
  async (fleet) => {
    const zombie = spawn(process.execPath, [FENCER, fleet.kafka.brokers[0] ?? "", INSTALLATION, String(PARTITIONS)], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exited = once(zombie, "exit");
    await Promise.race([once(zombie.stdout, "data"), exited, wait(30_000)]);
    zombie.kill("SIGKILL");
    await exited;
    count("kill fencing zombie");
  },
];

/** How often each of `ENGINE_MISHAPS` is chosen. */
const WEIGHTS = [8, 3, 3, 3, 1, 2];
const ENGINES = Array.from({ length: engines }, (_, index) => `engine-${index}`);

async function engineLane(fleet: Fleet): Promise<void> {
  const choices = ENGINE_MISHAPS.flatMap((mishap, index) => Array<Mishap>(WEIGHTS[index]!).fill(mishap));
  while (!isOver()) {
    await pick(choices)(fleet, pick(ENGINES));
    await wait(between(0, 1500));
  }
}

async function schedulerLane(fleet: Fleet): Promise<void> {
  while (!isOver()) {
    await wait(between(2000, 10_000));
    await fleet.kill("scheduler");
    count("kill scheduler");
    await startAgain(fleet, "scheduler");
  }
}

async function sandboxLane(fleet: Fleet): Promise<void> {
  while (!isOver()) {
    await wait(between(1000, 6000));
    const pid = fleet.pid(pick(ENGINES));
    if (pid !== 0 && killChildren(pid) > 0) count("kill sandbox");
  }
}

async function brokerLane(fleet: Fleet): Promise<void> {
  while (!isOver()) {
    await wait(between(10_000, 40_000));
    const node = Math.floor(random() * nodes);
    await fleet.kafka.kill(node);
    count("kill broker");
    await wait(between(0, 2000));
    await fleet.kafka.restart(node);
  }
}

async function loadLane(fleet: Fleet): Promise<void> {
  for (let number = 0; !isOver(); number++) {
    const load = new Ledger(() => fleet.client, {
      threads: THREADS,
      rounds: ROUNDS,
      name: `soak${number}`,
      installation: INSTALLATION,
      patienceMs: PATIENCE_MS,
    });
    loads.push(load);
    await load.run();
  }
}

function total(): { effects: number; lost: number; doubled: number } {
  const sum = { effects: 0, lost: 0, doubled: 0 };
  for (const load of loads) {
    const one = load.tally();
    sum.effects += one.effects;
    sum.lost += one.lost;
    sum.doubled += one.doubled;
  }
  return sum;
}

say(`seed ${seed}: ${minutes} minutes, ${nodes} brokers, ${engines} engines, loads of ${THREADS} × ${ROUNDS} effects`);
const fleet = await Fleet.start({ engines, nodes });
let failure: unknown;
const report = setInterval(() => say(`${loads.length} loads, ${total().effects} effects, ${summary()}`), REPORT_MS);
try {
  await Promise.all([engineLane, schedulerLane, sandboxLane, brokerLane, loadLane].map((lane) => lane(fleet)));
} catch (error) {
  failure = error;
} finally {
  clearInterval(report);
  await fleet.close();
}
const { effects, lost, doubled } = total();
say(`${loads.length} loads, ${effects} effects, ${summary()}: ${lost} lost, ${doubled} doubled`);
for (const load of loads) for (const wrong of load.wrongResults()) say(`in place of its result: ${wrong}`);
if (failure !== undefined) throw failure;
if (lost + doubled > 0) process.exitCode = 1;
