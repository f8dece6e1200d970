/** What stands at a module's top level that cannot run while the program is loaded: `await` and `using`. */
import { types as t } from "@babel/core";
import type { TopLevelResources } from "../parse/index.ts";

/** "load": once per context. In the thread: "async" as an async function, "sync" as a plain one. */
export type Evaluation = "load" | "sync" | "async";

export function hasTopLevelAwait(program: t.Program): boolean {
  return topLevelResources(program)?.isAsync === true || awaits(program);
}

export function hasTopLevelUsing(program: t.Program): boolean {
  return topLevelResources(program) !== undefined;
}

/** What parse/using.ts left: the module's own `using` declarations want disposing at its end. */
export function topLevelResources(program: t.Program): TopLevelResources | undefined {
  return program.extra?.kawaitResources as TopLevelResources | undefined;
}

/** Code that no function holds. A class's fields and static blocks cannot await. */
export function awaits(node: t.Node): boolean {
  if (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await)) return true;
  if (t.isFunction(node)) return "computed" in node && node.computed === true && awaits(node.key);
  const record = node as unknown as Record<string, unknown>;
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const value = record[key];
    if (Array.isArray(value)) {
      for (const item of value) if (item && awaits(item as t.Node)) return true;
    } else if (value && awaits(value as t.Node)) return true;
  }
  return false;
}
