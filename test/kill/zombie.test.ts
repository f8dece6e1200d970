/**
 * Zombies on a real Kafka (I1): an engine stopped with SIGSTOP while another takes over commits nothing when it wakes; the
 * only engine, stopped for longer than the transaction timeout, goes on by itself; a zombie that is killed after it woke
 * leaves the partitions working. And two engines in one group that join and leave while threads run.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { kafkaMissing } from "../kafka/harness/index.ts";
import { Fleet, INSTALLATION, PARTITIONS } from "./fleet.ts";
import { Ledger } from "./ledger.ts";

const fencer = join(dirname(fileURLToPath(import.meta.url)), "fencer.ts");
/** Beyond the transaction timeout of 10 s. */
const LONG_STOP_MS = 12_000;

async function progress(ledger: Ledger, goal: number, run: Promise<void>): Promise<void> {
  let failure: unknown;
  run.catch((error: unknown) => {
    failure = error;
  });
  while (!ledger.isDone && ledger.progress() < goal) {
    if (failure !== undefined) throw failure;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const skip = kafkaMissing();
let fleet: Fleet;

before(async () => {
  if (skip !== false) return;
  fleet = await Fleet.start({ engines: 1, nodes: 1 });
});
after(() => fleet?.close());

function fleetLedger(name: string): Ledger {
  return new Ledger(() => fleet.client, { threads: 16, rounds: 30, name, installation: INSTALLATION });
}

async function load(name: string, engines: readonly string[]): Promise<{ ledger: Ledger; run: Promise<void> }> {
  await fleet.engines(engines);
  const ledger = fleetLedger(name);
  const run = ledger.run();
  run.catch(() => {});
  return { ledger, run };
}

test("a zombie commits nothing: stopped, replaced, woken, killed", { skip }, async () => {
  const { ledger, run } = await load("woken", ["engine-0", "engine-1"]);
  await progress(ledger, 0.2, run);
  fleet.signal("engine-0", "SIGSTOP");
  await progress(ledger, 0.5, run);
  fleet.signal("engine-0", "SIGCONT");
  await progress(ledger, 0.7, run);
  await fleet.kill("engine-0");
  await run;
  ledger.check();
});

test("the only engine, stopped beyond the transaction timeout, goes on by itself", { skip }, async () => {
  const { ledger, run } = await load("stopped", ["engine-1"]);
  await progress(ledger, 0.3, run);
  fleet.signal("engine-1", "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, LONG_STOP_MS));
  fleet.signal("engine-1", "SIGCONT");
  await run;
  ledger.check();
});

/** Takes the partitions' transactional ids in a process of its own and is killed as soon as it has them. */
async function fenceAndDie(): Promise<void> {
  const zombie = spawn(process.execPath, [fencer, fleet.kafka.brokers[0] ?? "", INSTALLATION, String(PARTITIONS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(zombie, "exit");
  const [said] = (await Promise.race([once(zombie.stdout, "data"), exited])) as [unknown];
  zombie.kill("SIGKILL");
  await exited;
  assert.equal(String(said), "fenced\n");
}

test("a zombie that fences the owner and is killed leaves the partitions working", { skip }, async () => {
  await fleet.engines(["engine-1"]);
  // One load after another: however fast the engine is, it has work at hand while each of the zombies comes.
  let zombiesLeft = 3;
  const waves: Ledger[] = [];
  while (zombiesLeft > 0) {
    const ledger = fleetLedger(`fenced-${waves.length}`);
    waves.push(ledger);
    const run = ledger.run();
    run.catch(() => {});
    for (const goal of [0.2, 0.4, 0.6]) {
      await progress(ledger, goal, run);
      if (ledger.isDone || zombiesLeft === 0) break;
      await fenceAndDie();
      if (!ledger.isDone) zombiesLeft--;
    }
    await run;
  }
  for (const ledger of waves) ledger.check();
});

test("engines join and leave while threads run", { skip }, async () => {
  const { ledger, run } = await load("moving", ["engine-1"]);
  await progress(ledger, 0.2, run);
  await fleet.start("engine-0");
  await progress(ledger, 0.5, run);
  await fleet.end("engine-1");
  await progress(ledger, 0.7, run);
  await fleet.start("engine-1");
  await run;
  ledger.check();
});
