/** `import()` in a text or a script: which module it means is known at run time only, and no program can be loaded then. */
import { types as t } from "@babel/core";
import { eachNode } from "../diagnostics/each-node.ts";
import { SCRIPT_NAMES } from "../phase.ts";

/** `import(x)` → `$k.importing(x)`: a promise that is rejected by a named error. */
export function refuseImports(program: t.Program): void {
  eachNode(program, (node) => {
    if (node.type !== "ImportExpression") return;
    const callee = t.memberExpression(t.identifier(SCRIPT_NAMES.abi), t.identifier("importing"));
    const { source, options } = node;
    become(node, t.callExpression(callee, options ? [source, options] : [source]));
  });
}
function become(node: t.Node, other: t.Node): void {
  for (const key of t.VISITOR_KEYS[node.type] ?? []) delete (node as unknown as Record<string, unknown>)[key];
  const { type } = other;
  Object.assign(node, { type });
  for (const key of t.VISITOR_KEYS[type] ?? [])
    (node as unknown as Record<string, unknown>)[key] = (other as unknown as Record<string, unknown>)[key];
}
