/** The table of syntax that has a say in scopes and references. What is not listed has its children visited in order. */
import type { types as t } from "@babel/core";
import { visitClass } from "./classes.ts";
import {
  visitFunction,
  visitFunctionDeclaration,
  visitFunctionExpression,
  visitIf,
  visitObjectExpression,
} from "./functions.ts";
import { visitMetaProperty, visitPrivateName, visitSuperCall, visitSuperMember, visitThis } from "./self-references.ts";
import {
  visitBlock,
  visitCatch,
  visitFor,
  visitForEach,
  visitSwitch,
  visitTarget,
  visitVariables,
} from "./statements.ts";
import type { Visitor, VisitorTable, Walk } from "./walk.ts";

const of = <T extends t.Node>(visit: (w: Walk, node: T) => void): Visitor => visit as unknown as Visitor;
/** For what may be evaluated more than once, or makes a block scope. */
const bent = <T extends t.Node>(visit: (w: Walk, node: T) => void): Visitor =>
  of((w, node: T) => w.bent(() => visit(w, node)));
const ignore: Visitor = () => undefined;

const member = of((w, node: t.MemberExpression | t.OptionalMemberExpression) => {
  if (node.object.type === "Super") visitSuperMember(w, node.object);
  else w.visit(node.object);
  if (node.computed || node.property.type === "PrivateName") w.visit(node.property);
});

export const visitors: VisitorTable = {
  Identifier: of((w, node: t.Identifier) => {
    const binding = w.lookup(node.name);
    if (binding) w.refer(node, binding);
  }),
  ThisExpression: visitThis,
  MetaProperty: of(visitMetaProperty),
  PrivateName: of(visitPrivateName),
  MemberExpression: member,
  OptionalMemberExpression: member,
  CallExpression: of((w, node: t.CallExpression) => {
    if (node.callee.type === "Super") visitSuperCall(w, node.callee);
    else w.visit(node.callee);
    w.visitAll(node.arguments);
  }),
  ObjectExpression: of(visitObjectExpression),
  ObjectProperty: of((w, node: t.ObjectProperty) => {
    if (node.computed) w.visit(node.key);
    w.visit(node.value);
  }),
  FunctionDeclaration: of(visitFunctionDeclaration),
  FunctionExpression: of(visitFunctionExpression),
  ArrowFunctionExpression: of((w, node: t.ArrowFunctionExpression) => visitFunction(w, node, "arrow", {})),
  ClassDeclaration: of(visitClass),
  ClassExpression: of(visitClass),
  VariableDeclaration: of(visitVariables),
  AssignmentExpression: of((w, node: t.AssignmentExpression) => {
    visitTarget(w, node.left);
    w.visit(node.right);
  }),
  UpdateExpression: of((w, node: t.UpdateExpression) => visitTarget(w, node.argument)),
  BlockStatement: bent(visitBlock),
  ForStatement: bent(visitFor),
  ForInStatement: bent(visitForEach),
  ForOfStatement: bent(visitForEach),
  WhileStatement: bent((w, node) => w.children(node)),
  DoWhileStatement: bent((w, node) => w.children(node)),
  SwitchStatement: bent(visitSwitch),
  CatchClause: bent(visitCatch),
  LabeledStatement: of((w, node: t.LabeledStatement) => w.visit(node.body)),
  IfStatement: of(visitIf),
  BreakStatement: ignore,
  ContinueStatement: ignore,
};
