/**
 * `value[Symbol.iterator]`, written out, gives an iterator that can be saved: the engine's own stays with syntax, which is
 * fast only with it (`runtime/guest/natives/explicit-iteration.ts`).
 *
 *   const rest = list[Symbol.iterator]();      →   const rest = $k.iterate(list, Symbol.iterator);
 *   const open = list[Symbol.iterator];        →   const open = $k.iteration(list[Symbol.iterator]);
 *
 * Whatever `Symbol` is in the module, both do what was written. Targets of assignments and optional chains stay.
 *
 * An iterator that nobody gets hold of, and that no suspension finds in the middle, may be the engine's
 * (`runtime/guest/natives/consumed-iteration.ts`):
 *
 *   for (const leg of legs.values()) …         →   for (const leg of $k.walk.values(legs, "legs.values")) …
 *   [...legs.keys()]                           →   [...$k.walk.keys(legs, "legs.keys")]
 *   const [first] = legs.entries();            →   const [first] = $k.walk.entries(legs, "legs.entries");
 */
import { types as t } from "@babel/core";
import { abi, abiCall } from "../abi-syntax.ts";
import { Suspensions, suspendingKind } from "../frames/suspends.ts";
import { siteText } from "../site-text.ts";

/** Lowers every such reading of the file; a file without one costs a look at its text. */
export function lowerIteration(ast: t.File, source: string): void {
  if (/Symbol\.iterator|\b(?:values|keys|entries)\s*\(\s*\)/.test(source))
    children(ast.program, new Suspensions("async"));
}

/** `suspensions`: of the function that `node` is evaluated by. */
function children(node: t.Node, suspensions: Suspensions): void {
  const record = node as unknown as Record<string, unknown>;
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const value = record[key];
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries())
        if (item) value[index] = visited(item as t.Node, node, key, suspensions);
    } else if (value) record[key] = visited(value as t.Node, node, key, suspensions);
  }
}

function visited(node: t.Node, parent: t.Node, key: string, suspensions: Suspensions): t.Node {
  const own = t.isFunction(node) ? new Suspensions(suspendingKind(node) ?? "async") : suspensions;
  consumed(node, own);
  children(node, own);
  if (t.isCallExpression(node) && node.arguments.length === 0 && isReading(node.callee)) {
    return operation(node, "iterate", [node.callee.object, node.callee.property as t.Expression]);
  }
  return isReading(node) && isValue(parent, key) ? operation(node, "iteration", [node]) : node;
}

/** Replaces calls whose iterator the node itself uses up. */
function consumed(node: t.Node, suspensions: Suspensions): void {
  if (t.isForOfStatement(node)) {
    if (isOpening(node.right) && !suspensions.in(node)) node.right = opening(node.right);
  } else if (t.isVariableDeclarator(node)) {
    if (t.isArrayPattern(node.id) && isOpening(node.init) && !suspensions.in(node)) node.init = opening(node.init);
  } else {
    const list = t.isArrayExpression(node) ? node.elements : "arguments" in node ? (node.arguments as t.Node[]) : [];
    for (const one of list) {
      if (t.isSpreadElement(one) && isOpening(one.argument) && !suspensions.in(node))
        one.argument = opening(one.argument);
    }
  }
}

type Opening = t.CallExpression & {
  callee: t.MemberExpression & { object: t.Expression; property: t.Identifier };
};

const OPENINGS = new Set(["values", "keys", "entries"]);

function isOpening(node: t.Node | null | undefined): node is Opening {
  if (!t.isCallExpression(node) || node.arguments.length > 0 || !t.isMemberExpression(node.callee)) return false;
  const { object, property, computed } = node.callee;
  return !computed && !t.isSuper(object) && t.isIdentifier(property) && OPENINGS.has(property.name);
}

function opening(node: Opening): t.Expression {
  const { object, property } = node.callee;
  const text = t.stringLiteral(siteText(node.callee));
  const walk = t.memberExpression(abi("walk"), t.identifier(property.name));
  return t.inherits(t.callExpression(walk, [object, text]), node);
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
  return t.inherits(abiCall(name, ...values), node);
}
