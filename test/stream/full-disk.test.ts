/**
 * A disk that is really full: a small tmpfs, filled while a runner works on it. It waits, says why (log, health, metrics),
 * and goes on by itself when there is room again; every record counts once. The mount is made in a namespace of its own,
 * which needs no rights.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "./counting-processor.ts";

const MOUNTED = 'mount -t tmpfs -o size=64m kawait "$1" && shift && exec "$@"';
const skip =
  spawnSync("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs kawait /mnt"]).status === 0
    ? false
    : "no mount in a namespace of its own here";

interface Told {
  readonly health: string;
  readonly refused: string;
  readonly told: readonly string[];
  readonly warnings: readonly string[];
  readonly commitFailures: number;
  readonly restarts: number;
}

async function onSmallDisk(t: TestContext, which: "broker" | "store"): Promise<Told> {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  const small = join(folder.path, "small");
  mkdirSync(small);
  const script = join(import.meta.dirname, "full-disk-child.ts");
  const node = [process.execPath, "--no-node-snapshot", "--no-warnings", script, which, small, folder.path];
  const child = spawn("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh", small, ...node], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = await once(child, "close");
  assert.equal(code, 0, errors);
  return JSON.parse(output);
}

test("the embedded broker's disk is full, and has room again", { skip, timeout: 120_000 }, async (t) => {
  const { refused, told, health, commitFailures, restarts } = await onSmallDisk(t, "broker");
  assert.match(refused, /Unavailable|no space left/i, "a client is told");
  assert.ok(
    told.some((line) => /partition starts over.*no space left/i.test(line)),
    told.join("\n"),
  );
  assert.match(health, /retrying/);
  assert.ok(commitFailures > 0 && restarts > 0);
});

test("the local store's disk is full, and has room again", { skip, timeout: 120_000 }, async (t) => {
  const { told, health, warnings, restarts } = await onSmallDisk(t, "store");
  assert.ok(
    told.some((line) => /partition starts over.*no space left/i.test(line)),
    told.join("\n"),
  );
  assert.match(health, /retrying/);
  assert.ok(restarts > 0);
  assert.deepEqual(warnings, [], "the copy was not thrown away for it");
});
