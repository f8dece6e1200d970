/**
 * Sloppy `arguments` objects are mapped: `arguments[0]` and the first parameter are one variable. A captured parameter
 * lives in a scope object and leaves that mapping: here is who could tell.
 */
import type { types as t } from "@babel/core";
import { childrenOf, isFunctionNode } from "../closures/syntax.ts";

const isArguments = (node: t.Node): boolean => node.type === "Identifier" && node.name === "arguments";

/** Methods that read an `arguments` object given as receiver, and do not write it. */
const readers = new Set(["slice", "concat", "map", "forEach", "join", "indexOf", "filter", "every", "some", "reduce"]);

/**
 * True when the function's `arguments` could be written or leave the function, or (with an assigned parameter) when an
 * element is read at all.
 */
export function argumentsMayAlias(fn: t.Node, parametersAssigned: boolean): boolean {
  const visit = (node: t.Node, parent: t.Node, grandparent: t.Node | undefined): boolean => {
    if (isArguments(node)) return !harmless(node, parent, grandparent);
    for (const child of childrenOf(node)) {
      if (isFunctionNode(child) && child.type !== "ArrowFunctionExpression") continue;
      if (visit(child, node, parent)) return true;
    }
    return false;
  };
  const harmless = (node: t.Node, parent: t.Node, grandparent: t.Node | undefined): boolean => {
    if (parent.type === "MemberExpression" && parent.object === node) {
      const written =
        (grandparent?.type === "AssignmentExpression" && grandparent.left === parent) ||
        grandparent?.type === "UpdateExpression" ||
        (grandparent?.type === "UnaryExpression" && grandparent.operator === "delete") ||
        (grandparent?.type === "CallExpression" && grandparent.callee === parent);
      if (written) return false;
      if (!parent.computed && parent.property.type === "Identifier" && parent.property.name === "length") return true;
      return !parametersAssigned;
    }
    if (parametersAssigned) return false;
    if (parent.type === "SpreadElement") return true;
    if (parent.type === "CallExpression" && parent.callee.type === "MemberExpression") {
      const { callee } = parent;
      const method = callee.property.type === "Identifier" && !callee.computed ? callee.property.name : "";
      if (method === "apply") return parent.arguments[1] === node;
      if (method === "from") return callee.object.type === "Identifier" && callee.object.name === "Array";
      if (method === "call" && parent.arguments[0] === node && callee.object.type === "MemberExpression") {
        const { property } = callee.object;
        return property.type === "Identifier" && readers.has(property.name);
      }
    }
    return false;
  };
  return childrenOf(fn).some((child) => visit(child, fn, undefined));
}
