/** Walking the syntax tree without Babel's paths: the children of a node, in order of the source. */
import { types as t } from "@babel/core";

export type FunctionNode =
  | t.FunctionDeclaration
  | t.FunctionExpression
  | t.ArrowFunctionExpression
  | t.ObjectMethod
  | t.ClassMethod
  | t.ClassPrivateMethod;

export function isFunctionNode(node: t.Node): node is FunctionNode {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
    case "ObjectMethod":
    case "ClassMethod":
    case "ClassPrivateMethod":
      return true;
    default:
      return false;
  }
}

/** The keys of a node's children, in order of evaluation as near as Babel has it. */
export function visitorKeys(node: t.Node): readonly string[] {
  return t.VISITOR_KEYS[node.type] ?? [];
}

export function childrenOf(node: t.Node): t.Node[] {
  const children: t.Node[] = [];
  for (const key of visitorKeys(node)) {
    const value = (node as unknown as Record<string, unknown>)[key];
    if (Array.isArray(value)) {
      for (const item of value) if (item) children.push(item as t.Node);
    } else if (value) children.push(value as t.Node);
  }
  return children;
}

/** The node under a chain of TypeScript-free wrappers that change no meaning. */
export function unparenthesised(node: t.Node): t.Node {
  let inner = node;
  while (inner.type === "ParenthesizedExpression") inner = inner.expression;
  return inner;
}

/** An anonymous function or class takes the name of what it is assigned to (IsAnonymousFunctionDefinition). */
export function isAnonymousFunction(node: t.Node | null | undefined): boolean {
  if (!node) return false;
  const inner = unparenthesised(node);
  return (
    inner.type === "ArrowFunctionExpression" ||
    ((inner.type === "FunctionExpression" || inner.type === "ClassExpression") && !inner.id)
  );
}

/** True when evaluating the node makes a function or class: a closure could see the scopes around it. */
export function makesFunctions(node: t.Node): boolean {
  if (isFunctionNode(node) || node.type === "ClassExpression") return true;
  return childrenOf(node).some(makesFunctions);
}

export const hasUseStrict = (body: t.Node): boolean =>
  body.type === "BlockStatement" && body.directives.some((directive) => directive.value.value === "use strict");
