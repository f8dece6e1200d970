/** `import()` in a text: which module it means is known at run time only, and no program can be loaded then. */
import { types as t } from "@babel/core";
import { eachNode } from "../diagnostics/each-node.ts";
import { SCRIPT_NAMES } from "../phase.ts";

/** `import(x)` → `$k.unsupported("import()")`, which throws when it is reached. */
export function refuseImports(program: t.Program): void {
  eachNode(program, (node) => {
    if (node.type !== "ImportExpression") return;
    const callee = t.memberExpression(t.identifier(SCRIPT_NAMES.abi), t.identifier("unsupported"));
    become(node, t.callExpression(callee, [t.stringLiteral("import()")]));
  });
}

function become(node: t.Node, other: t.Node): void {
  for (const key of t.VISITOR_KEYS[node.type] ?? []) delete (node as unknown as Record<string, unknown>)[key];
  const { type } = other;
  Object.assign(node, { type });
  for (const key of t.VISITOR_KEYS[type] ?? [])
    (node as unknown as Record<string, unknown>)[key] = (other as unknown as Record<string, unknown>)[key];
}
