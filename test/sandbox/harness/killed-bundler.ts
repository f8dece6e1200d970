/**
 * Makes the bundles of the sandbox in a process that keeps none, and kills every child of it as soon as there is one. Prints,
 * as JSON, how many were killed and what was made all the same.
 */
import process from "node:process";
import { guestPrelude } from "../../../runtime/guest-bundle.ts";
import { childBundle } from "../../../runtime/host/child-bundle.ts";
import { killChildren } from "../../kill/kill-children.ts";

let isDone = false;
const bundles = Promise.all([guestPrelude(), childBundle()]).finally(() => {
  isDone = true;
});
let killed = 0;
while (killed === 0 && !isDone) {
  killed = killChildren(process.pid);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
const [prelude, script] = await bundles;
process.stdout.write(JSON.stringify({ killed, bytes: [prelude.code.length, script.length] }));
