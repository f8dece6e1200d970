/**
 * I1 on a real Kafka: engines, scheduler, sandboxes and the broker itself killed with SIGKILL at random moments under
 * load; two engines in one group take over from one another. Once with a local store deleted between the runs.
 */
import { test } from "node:test";
import { kafkaMissing } from "../kafka/harness/index.ts";
import { Fleet, INSTALLATION } from "./fleet.ts";
import { killChildren } from "./kill-children.ts";
import { Ledger } from "./ledger.ts";
import { seededRandom } from "./seed.ts";

const KILLS = 20;

type Target = "engine" | "scheduler" | "sandbox" | "broker" | "either engine";

async function hit(fleet: Fleet, target: Target, kills: number): Promise<void> {
  if (target === "broker") {
    await fleet.kafka.kill();
    await fleet.kafka.restart();
    return;
  }
  if (target === "sandbox") {
    killChildren(fleet.pid("engine-0"));
    return;
  }
  const name = target === "either engine" ? `engine-${kills % 2}` : target === "engine" ? "engine-0" : "scheduler";
  await fleet.kill(name);
  if (target === "engine" && kills === KILLS / 2) await fleet.deleteData(name);
  await fleet.start(name);
}

const skip = kafkaMissing();

for (const target of ["engine", "scheduler", "sandbox", "broker", "either engine"] as const)
  test(`kafka: ${KILLS} kills of ${target}: no effect lost, none doubled`, { skip }, async (context) => {
    const random = seededRandom(context);
    const fleet = await Fleet.open(context, target === "either engine" ? 2 : 1);
    const ledger = new Ledger(() => fleet.client, { threads: 12, rounds: 40, name: "t", installation: INSTALLATION });
    const run = ledger.run();
    let kills = 0;
    // A failure of the load is told by `await run` below.
    run.catch(() => {});
    while (kills < KILLS && !ledger.isDone) {
      const goal = ledger.progress() + random() / KILLS;
      while (!ledger.isDone && ledger.progress() < goal) await new Promise((resolve) => setTimeout(resolve, 5));
      if (ledger.isDone) break;
      await hit(fleet, target, kills);
      kills++;
    }
    await run;
    context.diagnostic(`${kills} kills`);
    if (kills < KILLS) throw new Error(`only ${kills} of ${KILLS} kills hit a running load: make it longer`);
    ledger.check();
  });
