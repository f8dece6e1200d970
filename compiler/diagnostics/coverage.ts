/** Nothing uncovered gets through: after the phases every `await`, `yield`, async function and generator must be gone. */
import type { types as t } from "@babel/core";
import type { ModuleContext } from "../phase.ts";
import { eachNode } from "./each-node.ts";

export function checkCovered(ast: t.File, context: ModuleContext): void {
  eachNode(ast.program, (node) => {
    const suspends = node.type === "AwaitExpression" || node.type === "YieldExpression";
    if (suspends || isSuspendingFunction(node) || (node.type === "ForOfStatement" && node.await)) {
      context.error("SuspensionNotCovered", node, "This construct around an `await` or `yield` is not compiled");
    }
  });
}

function isSuspendingFunction(node: t.Node): boolean {
  const record = node as { async?: boolean; generator?: boolean };
  return record.async === true || record.generator === true;
}
