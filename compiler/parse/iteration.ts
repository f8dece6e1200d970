/**
 * `value[Symbol.iterator]`, written out, gives an iterator that can be saved: the engine's own stays with syntax, which is
 * fast only with it (`runtime/guest/natives/explicit-iteration.ts`).
 *
 *   const rest = list[Symbol.iterator]();      →   const rest = $k.iterate(list, Symbol.iterator);
 *   const open = list[Symbol.iterator];        →   const open = $k.iteration(list[Symbol.iterator]);
 *
 * Whatever `Symbol` is in the module, both do what was written. Targets of assignments and optional chains stay.
 */
import { types as t } from "@babel/core";
import { SCRIPT_NAMES } from "../phase.ts";

/** Lowers every such reading of the file; a file without one costs a look at its text. */
export function lowerIteration(ast: t.File, source: string): void {
  if (source.includes("Symbol.iterator")) children(ast.program);
}

function children(node: t.Node): void {
  const record = node as unknown as Record<string, unknown>;
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const value = record[key];
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) if (item) value[index] = visited(item as t.Node, node, key);
    } else if (value) record[key] = visited(value as t.Node, node, key);
  }
}

function visited(node: t.Node, parent: t.Node, key: string): t.Node {
  children(node);
  if (t.isCallExpression(node) && node.arguments.length === 0 && isReading(node.callee)) {
    return operation(node, "iterate", [node.callee.object, node.callee.property as t.Expression]);
  }
  return isReading(node) && isValue(parent, key) ? operation(node, "iteration", [node]) : node;
}

type Reading = t.MemberExpression & { object: t.Expression };

function isReading(node: t.Node): node is Reading {
  return (
    t.isMemberExpression(node) &&
    node.computed &&
    !t.isSuper(node.object) &&
    t.isMemberExpression(node.property) &&
    !node.property.computed &&
    t.isIdentifier(node.property.object, { name: "Symbol" }) &&
    t.isIdentifier(node.property.property, { name: "iterator" })
  );
}

/** Whether a node of the parent is read for its value alone: not written, deleted, or called with its object. */
function isValue(parent: t.Node, key: string): boolean {
  switch (parent.type) {
    case "AssignmentExpression":
    case "AssignmentPattern":
    case "ForInStatement":
    case "ForOfStatement":
      return key === "right";
    case "CallExpression":
      return key === "arguments";
    case "VariableDeclarator":
      return key === "init";
    case "BinaryExpression":
    case "LogicalExpression":
    case "ReturnStatement":
    case "ConditionalExpression":
    case "NewExpression":
    case "ArrayExpression":
    case "ArrowFunctionExpression":
    case "SequenceExpression":
    case "ExpressionStatement":
    case "MemberExpression":
    case "TemplateLiteral":
    case "AwaitExpression":
    case "YieldExpression":
      return true;
    case "UnaryExpression":
      return parent.operator !== "delete";
    case "IfStatement":
      return key === "test";
    default:
      return false;
  }
}

function operation(node: t.Node, name: string, values: t.Expression[]): t.CallExpression {
  return t.inherits(
    t.callExpression(t.memberExpression(t.identifier(SCRIPT_NAMES.abi), t.identifier(name)), values),
    node,
  );
}
