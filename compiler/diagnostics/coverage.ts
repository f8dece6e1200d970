/**
 * Nothing uncovered gets through: before the phases, constructs that none of them compiles; after them, every `await`,
 * `yield`, async function and generator must be gone. In first-party code, and around a suspension, that is a compile
 * error; elsewhere in a package it stays native with a warning.
 */
import type { types as t } from "@babel/core";
import type { ModuleContext } from "../phase.ts";
import { eachNode } from "./each-node.ts";

export function checkSyntax(ast: t.File, context: ModuleContext): void {
  eachNode(ast.program, (node) => {
    switch (node.type) {
      case "WithStatement":
        context.leaveNative("WithStatement", node, "`with` is not compiled");
        break;
      case "CallExpression":
        if (node.callee.type === "Identifier" && node.callee.name === "eval") {
          context.leaveNative("DirectEval", node, "Direct `eval` is not compiled");
        }
        break;
    }
  });
}

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
