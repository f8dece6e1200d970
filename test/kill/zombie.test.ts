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
import { Waves } from "./waves.ts";

const fencer = join(dirname(fileURLToPath(import.meta.url)), "fencer.ts");
/** Beyond the transaction timeout of 10 s. */
const LONG_STOP_MS = 12_000;

const skip = kafkaMissing();
let fleet: Fleet;

before(async () => {
  if (skip !== false) return;
  fleet = await Fleet.start({ engines: 1, nodes: 1 });
});
after(() => fleet?.close());

async function load(name: string, engines: readonly string[]): Promise<Waves> {
  await fleet.engines(engines);
  const options = { threads: 16, rounds: 10, installation: INSTALLATION };
  return new Waves((number) => new Ledger(() => fleet.client, { ...options, name: `${name}-${number}` }));
}

test("a zombie commits nothing: stopped, replaced, woken, killed", { skip }, async () => {
  const waves = await load("woken", ["engine-0", "engine-1"]);
  await waves.effects(60);
  fleet.signal("engine-0", "SIGSTOP");
  await waves.wholeWave();
  fleet.signal("engine-0", "SIGCONT");
  await waves.effects(60);
  await fleet.kill("engine-0");
  await waves.end();
});

test("the only engine, stopped beyond the transaction timeout, goes on by itself", { skip }, async () => {
  const waves = await load("stopped", ["engine-1"]);
  await waves.effects(100);
  fleet.signal("engine-1", "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, LONG_STOP_MS));
  fleet.signal("engine-1", "SIGCONT");
  await waves.effects(60);
  await waves.end();
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
  const waves = await load("fenced", ["engine-1"]);
  for (let zombie = 0; zombie < 3; zombie++) {
    await waves.effects(60);
    await fenceAndDie();
  }
  await waves.effects(60);
  await waves.end();
});

test("engines join and leave while threads run", { skip }, async () => {
  const waves = await load("moving", ["engine-1"]);
  await waves.effects(60);
  await fleet.start("engine-0");
  await waves.effects(60);
  await fleet.end("engine-1");
  await waves.effects(60);
  await fleet.start("engine-1");
  await waves.effects(60);
  await waves.end();
});
