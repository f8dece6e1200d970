/** Records of the scheduler's topic: what sets, what cancels, what cannot be read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTimerRecord } from "#scheduler";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (key: string | null, value: string | null): ReturnType<typeof parseTimerRecord> =>
  parseTimerRecord(key === null ? null : bytes(key), value === null ? null : bytes(value), 1_000);

test("a delay counts from the record's timestamp", () => {
  assert.deepEqual(parse('t|{"ref":"0:1"}', "250"), { kind: "set", key: 't|{"ref":"0:1"}', dueMs: 1_250 });
});

test("any JSON in the key, also with bars", () => {
  const key = 't|{"ref":"a|b","value":"x|y||"}';
  assert.deepEqual(parse(key, "1"), { kind: "set", key, dueMs: 1_001 });
});

test("ten years are an ordinary delay", () => {
  const tenYearsMs = 10 * 365 * 24 * 3600 * 1000;
  assert.deepEqual(parse('t|{"ref":"r"}', String(tenYearsMs)), {
    kind: "set",
    key: 't|{"ref":"r"}',
    dueMs: 1_000 + tenYearsMs,
  });
});

test("zero and null cancel", () => {
  for (const value of ["0", null])
    assert.deepEqual(parse('t|{"ref":"r"}', value), { kind: "cancel", key: 't|{"ref":"r"}' });
});

test("what cannot be read says why", () => {
  const cases: readonly [string | null, string | null][] = [
    [null, "1"],
    ["", "1"],
    ["thread", "1"],
    ["|{}", "1"],
    ["t|", "1"],
    ["t|{", "1"],
    ['t|{"value":1}', "1"],
    ["t|new:{}", "1"],
    ['t|{"ref":"r"}', ""],
    ['t|{"ref":"r"}', "soon"],
    ['t|{"ref":"r"}', "-5"],
    ['t|{"ref":"r"}', "1e3"],
    ['t|{"ref":"r"}', "9999999999999999"],
  ];
  for (const [key, value] of cases) {
    const record = parse(key, value);
    assert.equal(record.kind, "malformed", `${key} ${value}`);
    assert.ok(record.kind === "malformed" && record.message.length > 10);
  }
});
