import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepRequest, StepResult } from "#protocol";
import { decodeStepRequest, decodeStepResult, encodeStepRequest, encodeStepResult } from "#protocol";

const limits = { stepMs: 1, memoryMb: 2, snapshotBytes: 3, outputRecords: 4, outputBytes: 2 ** 40 };
const request: StepRequest = {
  threadId: "größe \u{1F600} \ud800",
  programHash: "ab",
  base: -1,
  stepId: 2 ** 53 - 1,
  heap: null,
  isPrivate: false,
  input: { kind: "new", argument: "" },
  mailbox: [],
  timeMs: 1_700_000_000_000,
  seed: Uint8Array.from({ length: 16 }, (_, index) => 255 - index),
  limits,
};

test("step requests come back as they went", () => {
  const variants: StepRequest[] = [
    request,
    { ...request, isPrivate: true, heap: new Uint8Array([0, 255, 7]), input: { kind: "cancel", reason: "x" } },
    { ...request, heap: new Uint8Array(0), input: { kind: "resume", ref: "r", text: "t".repeat(100_000) } },
    { ...request, input: { kind: "new", argument: `"${"ü".repeat(9_000)}"` } },
    { ...request, mailbox: Array.from({ length: 200 }, (_, index) => ({ ref: `${index}`, text: "é" })) },
  ];
  for (const variant of variants) {
    const bytes = encodeStepRequest(variant);
    assert.deepEqual(decodeStepRequest(bytes, bytes.length), variant);
  }
});

test("step results come back as they went", () => {
  const results: StepResult[] = [
    { kind: "faulted", code: "UnserializableValue", message: "at … x" },
    {
      kind: "advanced",
      status: "failed",
      isPrivate: true,
      canResume: false,
      heap: new Uint8Array([1, 2]),
      awaits: [{ ref: "0:1", functionIndex: -1, site: 300 }],
      outputs: [
        { topic: "t", key: "", value: null },
        { topic: "u", key: "k", value: "" },
      ],
      consumedMailbox: [0, 128],
      logs: [{ level: "error", text: "\udc00" }],
      result: '"e"',
      resultTopic: null,
      stack: "s",
    },
  ];
  for (const result of results) {
    const heapLength = result.kind === "advanced" ? result.heap.length : 0;
    assert.deepEqual(decodeStepResult(encodeStepResult(result, heapLength)), result);
  }
});

test("a frame that was cut, or speaks another version, is refused", () => {
  const bytes = encodeStepRequest(request);
  for (const length of [1, 5, 40, bytes.length - 1]) {
    assert.throws(() => decodeStepRequest(bytes.slice(0, length), length), /ends too early/);
  }
  const other = Uint8Array.from(bytes);
  other[0] = 9;
  assert.throws(() => decodeStepRequest(other, other.length), /version 9/);
});
