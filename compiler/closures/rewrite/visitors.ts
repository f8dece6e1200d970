/**
 * The table of syntax that the rewrite changes: one entry per node type. What is not listed keeps its form and has its
 * children rewritten.
 */
import { types as t } from "@babel/core";
import { unparenthesised } from "../syntax.ts";
import { visitBlock, visitCatch, visitSwitch, visitVariables } from "./blocks.ts";
import { visitCall, visitChain, visitMember, visitTaggedTemplate } from "./calls.ts";
import { classValue, visitClassDeclaration } from "./classes.ts";
import { declaredFunction, functionValue } from "./functions.ts";
import { visitFor, visitForEach } from "./loops.ts";
import { named } from "./names.ts";
import { at, id } from "./nodes.ts";
import { visitObject } from "./object-literals.ts";
import { rewritePattern } from "./patterns.ts";
import { privateAssign, privateIn, privateOf, privateUpdate } from "./private-names.ts";
import { assignCaptured, captured, read, visitIdentifier, visitUnary, visitUpdate } from "./references.ts";
import { type Rewriter, type Syntax, statements, type Visitor } from "./rewriter.ts";
import { isLiftedSuper, superAssign, superDelete, superUpdate } from "./super.ts";
import { visitTry } from "./try.ts";

const of = <T extends t.Node>(visit: (r: Rewriter, node: T) => t.Node): Visitor => visit as unknown as Visitor;
const asWritten: Visitor = (_r, node) => node;

const visitors: Syntax["visitors"] = {
  Identifier: visitIdentifier,
  ThisExpression: visitIdentifier,
  MetaProperty: of((r, node: t.MetaProperty) => {
    if (r.analysis.undefinedTargets.has(node)) return at(id("undefined"), node);
    const reference = captured(r, node);
    return reference ? at(read(r, reference), node) : node;
  }),
  MemberExpression: of(visitMember),
  OptionalMemberExpression: of(visitChain),
  OptionalCallExpression: of(visitChain),
  CallExpression: of(visitCall),
  TaggedTemplateExpression: of(visitTaggedTemplate),
  UnaryExpression: of(unaryExpression),
  UpdateExpression: of(updateExpression),
  ExpressionStatement: of(expressionStatement),
  BinaryExpression: of((r, node: t.BinaryExpression) => {
    const made = privateIn(r, node);
    if (made) return made;
    r.children(node);
    return node;
  }),
  AssignmentExpression: of(assignment),
  ObjectExpression: of(visitObject),
  FunctionExpression: of((r, node: t.FunctionExpression) => functionValue(r, node, undefined)),
  ArrowFunctionExpression: of((r, node: t.ArrowFunctionExpression) => functionValue(r, node, undefined)),
  ClassExpression: of((r, node: t.ClassExpression) => classValue(r, node, undefined)),
  ClassDeclaration: of(visitClassDeclaration),
  FunctionDeclaration: asWritten,
  VariableDeclaration: of(visitVariables),
  BlockStatement: of(visitBlock),
  SwitchStatement: of(visitSwitch),
  CatchClause: of(visitCatch),
  TryStatement: of(visitTry),
  ForStatement: of(visitFor),
  ForInStatement: of(visitForEach),
  ForOfStatement: of(visitForEach),
  LabeledStatement: of((r, node: t.LabeledStatement) => {
    const body = r.statement(node.body);
    if (body.length === 0) return statements([]);
    node.body = body.length === 1 ? body[0]! : t.blockStatement(body);
    return node;
  }),
  BreakStatement: asWritten,
  ContinueStatement: asWritten,
  PrivateName: asWritten,
};

function unaryExpression(r: Rewriter, node: t.UnaryExpression): t.Node {
  const target = unparenthesised(node.argument);
  if (node.operator === "delete" && isLiftedSuper(r, target))
    return superDelete(r, node, target as t.MemberExpression | t.OptionalMemberExpression);
  return visitUnary(r, node);
}

/** Nobody sees the old value of `o.#x++;`, so nothing has to hold it. Outside of functions a statement has a value. */
function expressionStatement(r: Rewriter, node: t.ExpressionStatement): t.Node {
  const { expression } = node;
  if (expression.type === "UpdateExpression" && r.boundary.fn && !t.isIdentifier(expression.argument))
    expression.prefix = true;
  node.expression = r.expression(expression);
  return node;
}

function updateExpression(r: Rewriter, node: t.UpdateExpression): t.Node {
  const target = unparenthesised(node.argument);
  if (target.type === "MemberExpression") {
    const name = privateOf(r, target);
    if (name) return privateUpdate(r, node, target, name);
    if (isLiftedSuper(r, target)) return superUpdate(r, node, target as t.MemberExpression);
  }
  return visitUpdate(r, node);
}

function assignment(r: Rewriter, node: t.AssignmentExpression): t.Node {
  const target = unparenthesised(node.left);
  if (target.type === "MemberExpression") {
    const name = privateOf(r, target);
    if (name) return privateAssign(r, node, target, name);
    if (isLiftedSuper(r, target)) return superAssign(r, node, target as t.MemberExpression);
  }
  if (target.type === "Identifier") {
    const reference = captured(r, target);
    if (reference) return at(assignCaptured(r, node, reference), node);
    node.right = named(r, node.right, node.left.type === "Identifier" ? target.name : undefined, false);
    return node;
  }
  node.left = rewritePattern(r, node.left, false) as typeof node.left;
  node.right = r.expression(node.right);
  return node;
}

export const syntax: Syntax = { visitors, functionValue, classValue, declaredFunction };
