/** The state record: round trips, and no cut or flipped bit that goes unseen (I4). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeState, encodeState, KawaitError, stateExpiresMs, type ThreadState } from "#protocol";

const sample: ThreadState = {
  runtimeVersion: "runtime-1",
  programHash: "ab".repeat(32),
  status: "faulted",
  isPrivate: true,
  step: 1_000_000,
  base: 2 ** 40,
  timeMs: 1_790_000_000_123,
  startedMs: 1_690_000_000_000,
  seed: Uint8Array.from({ length: 16 }, (_, index) => index * 15),
  topic: "workflow-resume",
  partition: 3,
  offset: 2 ** 40 + 1,
  awaits: [
    { ref: "0:1", functionIndex: -1, site: 0 },
    { ref: "名前", functionIndex: 7, site: 2 },
  ],
  mailbox: [{ ref: "later", text: '{"ref":"later","value":"ü"}' }],
  fault: { code: "StepTimeLimit", message: "too long", input: { kind: "resume", ref: "0:1", text: "{}" }, offset: 9 },
  expiresMs: 1_790_000_999_000,
  heap: Uint8Array.from({ length: 300 }, (_, index) => index % 251),
};

test("what is encoded comes back", () => {
  const inputs = [
    null,
    { kind: "new", argument: "{}" },
    { kind: "resume", ref: "r", text: "t" },
    { kind: "cancel", reason: "" },
  ] as const;
  const states: ThreadState[] = [
    sample,
    {
      ...sample,
      status: "running",
      isPrivate: false,
      base: -1,
      offset: -1,
      fault: null,
      expiresMs: 0,
      heap: new Uint8Array(),
    },
    { ...sample, status: "failed", fault: null, failure: { error: '"RangeError: ü"', stack: null } },
    { ...sample, failure: { error: '"x"', stack: "x\n    at main (a.ts:1:2)" } },
    ...inputs.map(
      (input): ThreadState => ({ ...sample, fault: { code: "OutputRejected", message: "", input, offset: -1 } }),
    ),
  ];
  for (const state of states) {
    const bytes = encodeState(state);
    assert.deepEqual(decodeState(bytes), state);
    assert.deepEqual(encodeState(decodeState(bytes)), bytes);
    assert.equal(stateExpiresMs(bytes), state.expiresMs);
  }
});

const refused = (bytes: Uint8Array, what: string): void => {
  assert.throws(
    () => decodeState(bytes),
    (error) => error instanceof KawaitError && (error.code === "CorruptState" || error.code === "UnknownFormatVersion"),
    what,
  );
};

test("every flipped bit is found", () => {
  const bytes = encodeState(sample);
  for (let at = 0; at < bytes.length; at++)
    for (let bit = 0; bit < 8; bit++) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
      refused(damaged, `bit ${bit} of byte ${at}`);
    }
});

test("every cut is found", () => {
  const bytes = encodeState(sample);
  for (let length = 0; length < bytes.length; length++) refused(bytes.slice(0, length), `cut to ${length}`);
  refused(new Uint8Array([...bytes, 0]), "one byte more");
});

test("a newer version is named", () => {
  const newer = encodeState(sample);
  newer[2] = 2;
  assert.throws(() => decodeState(newer), { code: "UnknownFormatVersion" });
});
