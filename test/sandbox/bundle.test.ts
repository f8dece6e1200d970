/** The bundles of the sandbox are made although the process that makes them is killed meanwhile: else no step would ever run. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";

test("killed while it bundles, esbuild is started again", { timeout: 60_000 }, () => {
  const script = join(import.meta.dirname, "harness", "killed-bundler.ts");
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8", env });
  assert.equal(status, 0, stderr);
  const { killed, bytes } = JSON.parse(stdout) as { killed: number; bytes: number[] };
  assert.ok(killed > 0, "nothing was there to be killed");
  assert.ok(bytes.length === 2 && bytes.every((count) => count > 0), stdout);
});
