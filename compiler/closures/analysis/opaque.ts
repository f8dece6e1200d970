/**
 * Finds code that has to stay native: functions whose scope a direct `eval` or a `with` statement sees.
 *
 * The names in such code are known only when it runs, so nothing around it can be moved into scope objects. The whole
 * outermost function (or class) is left as written; in first-party code it is an error (I4).
 */
import type { types as t } from "@babel/core";
import type { ModuleContext } from "../../phase.ts";
import { childrenOf, isFunctionNode } from "../syntax.ts";

const isOutermost = (node: t.Node): boolean =>
  node.type === "FunctionDeclaration" ||
  node.type === "FunctionExpression" ||
  node.type === "ArrowFunctionExpression" ||
  node.type === "ObjectMethod" ||
  node.type === "ClassDeclaration" ||
  node.type === "ClassExpression";

export function isDirectEval(node: t.Node): boolean {
  return (
    (node.type === "CallExpression" || node.type === "OptionalCallExpression") &&
    node.callee.type === "Identifier" &&
    node.callee.name === "eval"
  );
}

/** The nodes to leave as written. Throws CompileError for first-party code. */
export function findOpaque(program: t.Program, context: ModuleContext): Set<t.Node> {
  const opaque = new Set<t.Node>();
  const visit = (node: t.Node, outermost: t.Node | undefined): void => {
    if (isDirectEval(node)) {
      context.leaveNative(
        "DirectEval",
        node,
        "a direct eval sees every variable around it, so they cannot be saved; call an indirect one: (0, eval)(…)",
      );
      if (outermost) opaque.add(outermost);
    } else if (node.type === "WithStatement") {
      context.leaveNative("WithStatement", node, "what a name means inside `with` is known only when it runs");
      if (outermost) opaque.add(outermost);
    }
    const next = outermost ?? (isOutermost(node) ? node : undefined);
    for (const child of childrenOf(node)) visit(child, next);
  };
  visit(program, undefined);
  for (const node of opaque) checkOpaque(node, context);
  return opaque;
}

/**
 * Code that stays native may not suspend: its inner functions share variables with it, which a frame cannot. Throws
 * CompileError, in packages as well.
 */
export function checkOpaque(node: t.Node, context: ModuleContext): void {
  if (isFunctionNode(node) && (node.async || node.generator))
    context.error(
      "NativeSuspension",
      node,
      "an async function or generator stands in code that has to stay native (a direct eval, a `with`, or a sloppy `arguments`)",
    );
  for (const child of childrenOf(node)) checkOpaque(child, context);
}
