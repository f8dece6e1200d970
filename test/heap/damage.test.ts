/** Snapshots that were cut short or changed: a named error, never a wrong resume, never a crash (I4). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { compileSource } from "#compiler";
import { Guest } from "../guest/harness.ts";
import { type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";
import { SAMPLES } from "./samples.ts";

/** How many changed heaps the codec is given; a campaign asks for more. */
const MUTATIONS = Number(process.env.KAWAIT_TEST_MUTATIONS ?? 2_000);
const SEED = Number(process.env.KAWAIT_TEST_SEED ?? Date.now() % 1_000_000);

let isolate: GuestIsolate;
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES);
});
after(() => isolate.dispose());

function randoms(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SCRIPT = `export async function main() {
  const map = new Map([["a", 1], ["b", { deep: [1, 2, 3] }]]); const keys = map.keys(); keys.next();
  const wait = (v) => new Promise((resolve) => setTimeout(resolve, 5, v));
  const [x, y] = await Promise.all([wait(1), wait(2)]); return [x, y, [...keys]]; }`;

test("a snapshot of a thread with any byte changed, or cut anywhere, is a named error", async () => {
  const { program } = await compileSource(SCRIPT, { filename: "main.js", needsMain: true });
  const load = () => {
    const guest = new Guest();
    guest.load(program.code, program.tables);
    return guest;
  };
  const call = (guest: Guest, name: string, ...args: unknown[]): unknown =>
    guest.method(name).applySync(undefined, args, { arguments: { copy: true }, result: { copy: true } });
  const first = load();
  call(first, "begin", "");
  const bytes = new Uint8Array(call(first, "snapshot") as ArrayBuffer);
  first.release();
  const second = load();
  const refused = (damaged: Uint8Array, what: string) =>
    assert.throws(
      () => call(second, "restore", damaged.slice().buffer),
      (error: Error) =>
        /^(CorruptState|UnknownFormatVersion): /.test(error.message) || assert.fail(`${what}: ${error}`),
    );
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [1, 16, 128]) {
      const damaged = bytes.slice();
      damaged[at] = damaged[at]! ^ flip;
      refused(damaged, `byte ${at} ^ ${flip}`);
    }
    refused(bytes.subarray(0, at), `cut at ${at}`);
  }
  call(second, "restore", bytes.slice().buffer);
  assert.deepEqual(new Uint8Array(call(second, "snapshot") as ArrayBuffer), bytes, "what was refused left no trace");
  second.release();
});

test("changed heaps behind a checksum that fits: a named error or some other graph", () => {
  console.log(`seed ${SEED}`);
  const random = randoms(SEED);
  const from = isolate.context();
  const heaps = Object.values(SAMPLES)
    .flat()
    .filter((expression) => !expression.includes("setTimeout"))
    .map((expression) => from.encode(expression));
  from.release();
  let context = isolate.context();
  for (let i = 0; i < MUTATIONS; i++) {
    const bytes = heaps[random(heaps.length)]!.slice();
    // Past version, tag and length of the section: those are the next test's.
    for (let n = 1 + random(3); n > 0; n--) {
      const at = Math.min(bytes.length - 1, 6 + random(bytes.length - 6));
      bytes[at] = random(3) === 0 ? random(256) : bytes[at]! ^ (1 << random(8));
    }
    try {
      context.decode(bytes, "root");
    } catch (error) {
      const { message } = error as Error;
      assert.match(message, /^(CorruptState|UnknownFormatVersion|ProgramMismatch): /, `mutation ${i}`);
    }
    // A change that happens to be one of the language would be met by the next.
    if (i % 200 === 199) {
      context.release();
      context = isolate.context();
    }
  }
  context.release();
});

test("numbers that no kind has are refused", () => {
  const context = isolate.context();
  const bytes = context.encode("new Date(0)");
  for (const tag of [52, 0x70, 0x7f]) {
    const damaged = bytes.slice();
    damaged[6] = tag;
    assert.throws(() => context.decode(damaged, "root"), /CorruptState: .*tag/);
  }
  context.release();
});
