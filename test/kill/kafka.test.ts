/**
 * I1 on a real Kafka: engines, scheduler, sandboxes and the broker itself killed with SIGKILL at random moments under
 * load; two engines in one group take over from one another. Once with a local store deleted between the runs.
 */
import { after, before, test } from "node:test";
import { kafkaMissing } from "../kafka/harness/index.ts";
import { Fleet, INSTALLATION } from "./fleet.ts";
import { killChildren } from "./kill-children.ts";
import { killUnderLoad } from "./under-load.ts";

type Target = "engine" | "scheduler" | "sandbox" | "broker" | "either engine";

async function hit(fleet: Fleet, target: Target, index: number, total: number): Promise<void> {
  if (target === "broker") {
    await fleet.kafka.kill();
    await fleet.kafka.restart();
    return;
  }
  if (target === "sandbox") {
    killChildren(fleet.pid("engine-0"));
    return;
  }
  const name = target === "either engine" ? `engine-${index % 2}` : target === "engine" ? "engine-0" : "scheduler";
  await fleet.kill(name);
  if (target === "engine" && index === total / 2) await fleet.deleteData(name);
  await fleet.start(name);
}

const skip = kafkaMissing();
let fleet: Fleet;

before(async () => {
  if (skip !== false) return;
  fleet = await Fleet.start({ engines: 1, nodes: 1 });
});
after(() => fleet?.close());

const TARGETS: readonly Target[] = ["sandbox", "engine", "scheduler", "broker", "either engine"];

for (const target of TARGETS)
  test(`kills of ${target}: no effect lost, none doubled`, { skip }, async (context) => {
    await fleet.engines(target === "either engine" ? ["engine-0", "engine-1"] : ["engine-0"]);
    await killUnderLoad(context, {
      client: () => fleet.client,
      installation: INSTALLATION,
      name: `${target.replace(" ", "-")}-`,
      kill: (index, total) => hit(fleet, target, index, total),
    });
  });
