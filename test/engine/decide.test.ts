/** What each kind of record means for a thread in each state. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "#engine";
import { DEFAULT_LIMITS, parseResumeRecord, type ThreadState } from "#protocol";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const running: ThreadState = {
  runtimeVersion: "v",
  programHash: "0".repeat(64),
  status: "running",
  isPrivate: false,
  step: 3,
  base: 40,
  timeMs: 1,
  startedMs: 1,
  seed: new Uint8Array(16),
  topic: "workflow-resume",
  partition: 0,
  offset: 40,
  awaits: [
    { ref: "40:1", functionIndex: 0, site: 1 },
    { ref: "main", functionIndex: 0, site: 1 },
  ],
  mailbox: [],
  fault: null,
  expiresMs: 0,
  heap: new Uint8Array(1),
};
const faulted: ThreadState = {
  ...running,
  status: "faulted",
  fault: { code: "StepTimeLimit", message: "m", input: { kind: "resume", ref: "main", text: "{}" }, offset: 41 },
};
const completed: ThreadState = { ...running, status: "completed", awaits: [], expiresMs: 5 };

const decided = (value: string, state: ThreadState | undefined, headers: Record<string, string> = {}): unknown => {
  const decision = decide(parseResumeRecord(text(value), headers), state, DEFAULT_LIMITS, 0);
  return decision.kind === "deadLetter" ? decision.code : decision.kind === "drop" ? decision.reason : decision.kind;
};

test("a start", () => {
  assert.equal(decided("new:{}", undefined), "start");
  assert.equal(decided("new:", undefined), "start");
  assert.equal(decided("new:{}", running), "ThreadExists");
  assert.equal(decided("new:{}", completed), "ThreadExists");
  assert.equal(decided("new:{}", completed, { "kawait-on-conflict": "terminate" }), "ThreadExists");
  for (const policy of ["terminate", "restart"])
    assert.deepEqual(
      decide(parseResumeRecord(text("new:"), { "kawait-on-conflict": policy }), running, DEFAULT_LIMITS, 0),
      { kind: "start", replaces: true },
    );
  assert.deepEqual(
    decide(parseResumeRecord(text("new:"), { "kawait-on-conflict": "restart" }), completed, DEFAULT_LIMITS, 0),
    { kind: "start", replaces: false },
  );
});

test("a resume", () => {
  assert.equal(decided('{"ref":"40:1"}', running), "step");
  assert.equal(decided('{"ref":"main","value":1}', running), "step");
  assert.equal(decided('{"ref":"40:2"}', running), "duplicateResume", "never given out, or taken already");
  assert.equal(decided('{"ref":"7:1"}', running), "duplicateResume");
  assert.equal(decided('{"ref":"41:1"}', running), "UnknownSuspension");
  assert.equal(decided('{"ref":"later"}', running), "mail");
  assert.equal(decided('{"ref":"40:1"}', undefined), "UnknownThread");
  assert.equal(decided('{"ref":"40:1"}', completed), "resumeOfEnded");
  assert.equal(decided('{"ref":"40:1"}', faulted), "mail");
});

test("the mailbox is bounded by records and by bytes", () => {
  const entry = { ref: "later", text: '{"ref":"later"}' };
  const full = { ...running, mailbox: Array.from({ length: DEFAULT_LIMITS.mailboxRecords }, () => entry) };
  assert.equal(decided('{"ref":"later"}', full), "MailboxFull");
  const large = `{"ref":"later","value":"${"x".repeat(DEFAULT_LIMITS.mailboxBytes)}"}`;
  assert.equal(decided(large, running), "MailboxFull");
});

test("a record above the limit of its thread's workflow", () => {
  const limits = { ...DEFAULT_LIMITS, recordBytes: 10 };
  const of = (size: number): unknown => decide(parseResumeRecord(text('{"ref":"main"}'), {}), running, limits, size);
  assert.equal((of(10) as { kind: string }).kind, "step");
  assert.deepEqual(of(11), {
    kind: "deadLetter",
    code: "RecordTooLarge",
    message: "the value has 11 bytes, the workflow's limits.recordBytes is 10",
  });
});

test("commands", () => {
  const command = (name: string, state: ThreadState | undefined): unknown =>
    decided("why", state, { "kawait-command": name });
  assert.equal(command("retry", faulted), "retry");
  assert.equal(command("retry", running), "commandWithoutEffect");
  assert.equal(command("terminate", running), "terminate");
  assert.equal(command("terminate", faulted), "terminate");
  assert.equal(command("terminate", completed), "commandWithoutEffect");
  assert.equal(command("cancel", running), "step");
  assert.equal(command("cancel", undefined), "UnknownThread");
  assert.equal(command("dance", running), "MalformedRecord");
});

test("what cannot be read", () => {
  for (const value of ["", "{", "[]", "null", "1", '{"value":1}', '{"ref":1}', '{"ref":""}', "new:{", "NEW:{}"])
    assert.equal(decided(value, running), "MalformedRecord", value);
  assert.equal(
    decide(parseResumeRecord(new Uint8Array([0xff, 0xfe]), {}), running, DEFAULT_LIMITS, 0).kind,
    "deadLetter",
  );
  assert.equal(decide(parseResumeRecord(null, {}), running, DEFAULT_LIMITS, 0).kind, "deadLetter");
  assert.equal(decided("new:", undefined, { "kawait-on-conflict": "maybe" }), "MalformedRecord");
});
