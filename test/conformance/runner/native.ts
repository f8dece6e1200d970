/** What Node itself makes of a scenario: the denominator. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";
import { createTestContext, messageOf, nameOf } from "./context.ts";
import { harnessOf, type Scenario, sourceOf } from "./corpus.ts";

/** Turns of the event loop after which an asynchronous test must have ended. */
const TURNS_MAX = 50;

/** `null`: passed; else why not. */
export type Verdict = string | null;

const harness = new Map<string, vm.Script>();

function harnessScript(root: string, name: string): vm.Script {
  const known = harness.get(name);
  if (known) return known;
  const script = new vm.Script(readFileSync(join(root, "harness", name), "utf8"), { filename: name });
  harness.set(name, script);
  return script;
}

export async function runNative(root: string, scenario: Scenario): Promise<Verdict> {
  const { test } = scenario;
  const made = createTestContext();
  for (const name of harnessOf(test)) made.run(harnessScript(root, name));
  const source = sourceOf(root, scenario);
  try {
    if (test.isModule) await evaluateModule(source, made.context);
    else made.run(new vm.Script(source, { filename: test.path }));
  } catch (error) {
    return judge(scenario, made.printed, { error });
  }
  for (let turn = 0; test.isAsync && turn < TURNS_MAX && made.printed.length === 0; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return judge(scenario, made.printed, null);
}

async function evaluateModule(source: string, context: vm.Context): Promise<void> {
  const module = new vm.SourceTextModule(source, { context });
  await module.link(() => {
    throw new SyntaxError("no module can be imported");
  });
  await module.evaluate();
}

export function judge({ test }: Scenario, printed: readonly string[], thrown: { error: unknown } | null): Verdict {
  if (test.negative !== null) {
    if (thrown === null) return `no ${test.negative} was thrown`;
    return nameOf(thrown.error) === test.negative ? null : `not ${test.negative} but ${messageOf(thrown.error)}`;
  }
  if (thrown !== null) return messageOf(thrown.error);
  if (!test.isAsync) return null;
  const line = printed.find((text) => text.startsWith("Test262:AsyncTestFailure") || text.startsWith("Error:"));
  if (line !== undefined) return line.replace(/\s+/g, " ").slice(0, 400);
  return printed.includes("Test262:AsyncTestComplete") ? null : "the test did not end";
}
