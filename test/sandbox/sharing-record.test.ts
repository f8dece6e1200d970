import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepResult } from "#protocol";
import { SharingRecord } from "../../runtime/host/sharing-record.ts";
import { startOf } from "./harness/steps.ts";

const HASH = "0".repeat(64);
const endedIn = (isPrivate: boolean) => ({ kind: "advanced", isPrivate }) as StepResult;

test("eight refusals in a row make new threads private, one thread that shares forbids it for good", () => {
  const record = new SharingRecord();
  const start = startOf("thread", HASH);
  for (let n = 0; n < 8; n++) {
    assert.equal(record.place(start).isPrivate, false);
    record.note(start, endedIn(true));
  }
  assert.equal(record.place(start).isPrivate, true);
  assert.equal(record.place({ ...start, input: { kind: "cancel", reason: "" } }).isPrivate, false);

  const shared = new SharingRecord();
  shared.note(start, endedIn(false));
  for (let n = 0; n < 20; n++) shared.note(start, endedIn(true));
  assert.equal(shared.place(start).isPrivate, false);
});
