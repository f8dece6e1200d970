/** A process whose only sandbox process hangs in native code, far from any deadline. Prints the pid of that one. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSandboxPool } from "#runtime";
import { deploy, LOW_LIMITS, startOf } from "./steps.ts";

const pool = createSandboxPool({ processes: 1 });
const hash = await deploy(pool, `export function main() { return [].indexOf.call({ length: 2 ** 53 - 1 }, 5); }`);
const hanging = pool.runSteps([{ ...startOf("thread", hash), limits: { ...LOW_LIMITS, stepMs: 600_000 } }]);
while (pool.health()[0]?.state !== "busy") await nextTurn();
console.log(pool.processes()[0]?.pid);
await hanging;
