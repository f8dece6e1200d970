/**
 * What the adapter makes of a scenario: plain, or saved before every job and restored in a new context.
 *
 * Scripts are compiled once per process where they do not change (prelude, harness); contexts are never used twice.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import v8 from "node:v8";
import vm from "node:vm";
// @ts-expect-error the adapter is plain JavaScript: what judges it from outside imports it so.
import * as adapterModule from "../adapter.mjs";
import { createTestContext, type TestContext } from "./context.ts";
import { harnessOf, type Scenario, sourceOf } from "./corpus.ts";
import { judge, type Verdict } from "./native.ts";

export type Mode = "plain" | "durable" | "stable";

interface Adapter {
  readonly prelude: string;
  compile(source: string, options: object): string | Promise<string>;
  start(filename: string): string;
  readonly pump: string;
  readonly durable: { readonly snapshot: string; readonly restore: string };
}

const adapter = adapterModule as Adapter;
const prelude = new vm.Script(adapter.prelude, { filename: "prelude.js" });
const snapshot = new vm.Script(adapter.durable.snapshot, { filename: "snapshot" });
const restore = new vm.Script(adapter.durable.restore, { filename: "restore" });
const pump = new vm.Script(adapter.pump, { filename: "pump" });
/** A test that is not done by then goes round in circles. */
const JOBS_MAX = 20_000;

interface Unit {
  readonly script: vm.Script;
  readonly start: vm.Script;
}

const harness = new Map<string, Unit>();

export const spent = { compileMs: 0, contextMs: 0, snapshotMs: 0, restoreMs: 0, runMs: 0, jobs: 0 };

function timed<T>(key: "compileMs" | "contextMs" | "snapshotMs" | "restoreMs" | "runMs", run: () => T): T {
  const from = performance.now();
  try {
    return run();
  } finally {
    spent[key] += performance.now() - from;
  }
}

/** A context that lives for one job is gone before the engine has made its code quicker: trying takes a third of the time. */
function setTiers(isOn: boolean): void {
  for (const tier of ["opt", "maglev", "sparkplug"]) v8.setFlagsFromString(isOn ? `--${tier}` : `--no-${tier}`);
}

async function unitOf(source: string, filename: string, options: object): Promise<Unit> {
  const code = await adapter.compile(source, { filename, ...options });
  return {
    script: new vm.Script(code, { filename: `${filename}.compiled.js` }),
    start: new vm.Script(adapter.start(filename), { filename: "start" }),
  };
}

async function harnessUnit(root: string, name: string): Promise<Unit> {
  const known = harness.get(name);
  if (known) return known;
  const options = { sourceType: "script", role: "harness", strict: false, checkpoint: false };
  const unit = await unitOf(readFileSync(join(root, "harness", name), "utf8"), name, options);
  harness.set(name, unit);
  return unit;
}

export async function runAdapter(root: string, scenario: Scenario, mode: Mode): Promise<Verdict> {
  const { test, strictness } = scenario;
  const printed: string[] = [];
  let units: Unit[];
  setTiers(true);
  try {
    const from = performance.now();
    units = [];
    for (const name of harnessOf(test)) units.push(await harnessUnit(root, name));
    const options = {
      sourceType: test.isModule ? "module" : "script",
      role: "test",
      strict: strictness !== "sloppy",
      checkpoint: mode !== "plain" && !test.isAsync,
    };
    units.push(await unitOf(sourceOf(root, scenario), test.path, options));
    spent.compileMs += performance.now() - from;
  } catch (error) {
    return judge(scenario, printed, { error });
  }
  setTiers(mode === "plain");
  const fresh = (): TestContext =>
    timed("contextMs", () => {
      const made = createTestContext(printed);
      made.runOwn(prelude);
      for (const { script } of units) made.runOwn(script);
      return made;
    });
  let made: TestContext;
  try {
    made = fresh();
    timed("runMs", () => {
      for (const { start } of units) made.run(start);
    });
    for (let job = 0; job < JOBS_MAX; job++) {
      if (mode !== "plain") made = moved(made, fresh, mode);
      spent.jobs++;
      if ((timed("runMs", () => made.run(pump)) as number) === 0) return judge(scenario, printed, null);
    }
    return "the test did not end";
  } catch (error) {
    return judge(scenario, printed, { error });
  }
}

/** The state of a context in a new one. */
function moved(old: TestContext, fresh: () => TestContext, mode: Mode): TestContext {
  const bytes = timed("snapshotMs", () => old.runOwn(snapshot)) as ArrayBuffer;
  const made = fresh();
  timed("restoreMs", () => (made.runOwn(restore) as (bytes: ArrayBuffer) => void)(bytes));
  if (mode === "stable") {
    const again = made.runOwn(snapshot) as ArrayBuffer;
    if (!Buffer.from(bytes).equals(Buffer.from(again))) throw new Error("the restored state has other bytes");
  }
  return made;
}
