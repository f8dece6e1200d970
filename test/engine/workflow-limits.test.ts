/** Which limits count for a program: the workflow's, within the engine's ceilings, else the engine's defaults. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFAULT_LIMIT_CEILINGS,
  DEFAULT_LIMITS,
  KawaitError,
  type Limits,
  parseProgramRecord,
  programRecords,
} from "#protocol";
import { WorkflowLimits } from "../../engine/workflow-limits.ts";

const programs = (declared: Record<string, Partial<Limits>>) => ({
  limitsOf: (hash: string) => declared[hash],
  nameOf: (hash: string) => hash,
});

test("what a workflow declares counts within the ceilings, and what is lowered is told once", () => {
  const told: string[] = [];
  const limits = new WorkflowLimits({
    programs: programs({ a: { stepMs: 5_000, memoryMb: 16 }, b: { stepMs: 60_000 } }),
    defaults: { memoryMb: 64 },
    ceilings: { stepMs: 20_000 },
    warn: (message) => told.push(message),
  });
  assert.deepEqual(limits.of("a"), { ...DEFAULT_LIMITS, stepMs: 5_000, memoryMb: 16 });
  assert.deepEqual(limits.of("none"), { ...DEFAULT_LIMITS, memoryMb: 64 });
  assert.equal(limits.of("b").stepMs, 20_000);
  assert.equal(limits.of("b"), limits.of("b"));
  assert.equal(told.length, 1);
  assert.match(told[0]!, /workflow b .*stepMs 60000 \(at most 20000\)/);
});

test("a deployment of the same program with other limits counts at once", () => {
  const declared: Record<string, Partial<Limits>> = { a: { stepMs: 1 } };
  const limits = new WorkflowLimits({ programs: programs(declared) });
  assert.equal(limits.of("a").stepMs, 1);
  declared.a = { stepMs: 2 };
  assert.equal(limits.of("a").stepMs, 2);
});

test("an engine's default above the usual ceiling raises it; above one that is given, the engine cannot start", () => {
  const stepMs = 2 * DEFAULT_LIMIT_CEILINGS.stepMs;
  assert.equal(new WorkflowLimits({ programs: programs({}), defaults: { stepMs } }).ceilings.stepMs, stepMs);
  const start = (defaults: object, ceilings: object) => () =>
    new WorkflowLimits({ programs: programs({}), defaults, ceilings });
  assert.throws(start({ stepMs }, { stepMs: 5 }), /default of limit stepMs, 20000, is above its ceiling, 5/);
  assert.throws(start({ stepms: 1 }, {}), /there is no limit "stepms"; there are stepMs, memoryMb/);
  assert.throws(start({}, { memoryMb: 1.5 }), /limit memoryMb must be a whole number from 8 on, not 1.5/);
});

test("limits travel in the program's record; unknown ones of a newer version are passed over, wrong ones refused", () => {
  const head = (limits: object): ReturnType<typeof parseProgramRecord> => {
    const { key, value } = programRecords("w", "ab", new Uint8Array(3), false, limits).find((each) =>
      each.key.startsWith("program/"),
    )!;
    return parseProgramRecord(key, value);
  };
  const of = (limits: object): unknown => (head(limits) as { head: { limits?: unknown } }).head.limits;
  assert.deepEqual(of({ stepMs: 7 }), { stepMs: 7 });
  assert.equal(of({}), undefined);
  assert.deepEqual(of({ stepMs: 7, later: "x" }), { stepMs: 7 });
  assert.throws(
    () => head({ stepMs: "7" }),
    (error) => error instanceof KawaitError && error.code === "CorruptState",
  );
});
