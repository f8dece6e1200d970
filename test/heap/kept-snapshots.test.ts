/**
 * Heaps of earlier format versions still load. `test/fixtures/snapshots/v<n>/heaps.json` holds, for the program beside it, the
 * heap of every sample as that version wrote it; it is never written again.
 *
 * A new version's folder is made with KAWAIT_WRITE_SNAPSHOTS=1, once, when its format is settled.
 */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { HEAP_FORMAT_VERSION } from "../../runtime/guest/heap/format.ts";
import { type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";
import { SAMPLES } from "./samples.ts";

const folder = join(import.meta.dirname, "../fixtures/snapshots");

interface Kept {
  readonly program: string;
  readonly tables: object;
  /** (expression, heap in base64) */
  readonly heaps: readonly (readonly [string, string])[];
}

let isolate: GuestIsolate;
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES);
});
after(() => isolate.dispose());

function write(version: number): void {
  const context = isolate.context();
  const heaps = Object.values(SAMPLES)
    .flat()
    .map((expression) => [expression, Buffer.from(context.encode(expression)).toString("base64")] as const);
  context.release();
  mkdirSync(join(folder, `v${version}`), { recursive: true });
  const kept: Kept = { program: PROGRAM, tables: TABLES, heaps };
  writeFileSync(join(folder, `v${version}`, "heaps.json"), `${JSON.stringify(kept, null, 1)}\n`);
}

test("heaps of every format version load and are what they were", async () => {
  if (process.env.KAWAIT_WRITE_SNAPSHOTS === "1") write(HEAP_FORMAT_VERSION);
  const versions = readdirSync(folder).filter((name) => /^v\d+$/.test(name));
  assert.ok(versions.includes(`v${HEAP_FORMAT_VERSION}`));
  for (const version of versions) {
    const { program, tables, heaps } = JSON.parse(readFileSync(join(folder, version, "heaps.json"), "utf8")) as Kept;
    const kept = await guestIsolate(program, tables);
    const fresh = kept.context();
    const loaded = kept.context();
    for (const [expression, heap] of heaps) {
      fresh.run(`heap.keep("root", ${expression}); undefined`);
      loaded.decode(Buffer.from(heap, "base64"), "root");
      const describe = `describeGraph(heap.kept("root"))`;
      assert.equal(loaded.run(describe), fresh.run(describe), `${version}: ${expression}`);
    }
    kept.dispose();
  }
});
