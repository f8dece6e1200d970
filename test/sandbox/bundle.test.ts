/** The bundles of the sandbox are made although the process that makes them is killed meanwhile: else no step would ever run. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { guestPrelude } from "../../runtime/guest-bundle.ts";
import { childBundle } from "../../runtime/host/child-bundle.ts";
import { killChildren } from "../kill/kill-children.ts";

test("killed while it bundles, esbuild is started again", { timeout: 60_000 }, async () => {
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
  assert.ok(killed > 0, "nothing was there to be killed");
  assert.ok(prelude.code.length > 0 && script.length > 0);
});
