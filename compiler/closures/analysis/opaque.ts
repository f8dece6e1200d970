/**
 * Finds code that has to stay native: functions whose scope a direct `eval` or a `with` statement sees.
 *
 * The names in such code are known only when it runs, so nothing around it can be moved into scope objects. The whole
 * outermost function (or class) is left as written; in first-party code it is an error (I4).
 */
import type { types as t } from "@babel/core";
import type { ModuleContext } from "../../phase.ts";
import { childrenOf, isFunctionNode } from "../syntax.ts";
import { lexicalDeclarations } from "./declarations.ts";

/** A script's own function (script/index.ts) holds no names but global ones: what stands in it can be native alone. */
export const isScriptFunction = (node: t.Node): boolean => node.extra?.kawaitScript === true;

const isFunctionOrClass = (node: t.Node): boolean =>
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
  const visit = (node: t.Node, outermost: t.Node | undefined, script: t.Node | undefined): void => {
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
    if (isScriptFunction(node)) {
      for (const child of childrenOf(node)) visit(child, undefined, node);
      return;
    }
    // A block at the top of a script with names of its own: what sees them cannot be told apart from the script.
    const own = isFunctionOrClass(node) ? node : script && hasOwnNames(node) ? script : undefined;
    for (const child of childrenOf(node)) visit(child, outermost ?? own, script);
  };
  visit(program, undefined, undefined);
  for (const node of opaque) checkOpaque(node, context);
  return opaque;
}

function hasOwnNames(node: t.Node): boolean {
  switch (node.type) {
    case "BlockStatement":
      return lexicalDeclarations(node.body, false).length > 0;
    case "SwitchStatement":
      return node.cases.some(({ consequent }) => lexicalDeclarations(consequent, false).length > 0);
    case "ForStatement":
      return node.init?.type === "VariableDeclaration" && node.init.kind !== "var";
    case "ForInStatement":
    case "ForOfStatement":
      return node.left.type === "VariableDeclaration" && node.left.kind !== "var";
    case "CatchClause":
      return node.param !== null && node.param !== undefined;
    default:
      return false;
  }
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
