/** Which visitor takes a statement that holds a suspension apart: one per kind of node. */
import { types as t } from "@babel/core";
import { explode, explodeEffect, explodeTest } from "../expressions/explode.ts";
import { classValue } from "../expressions/literals.ts";
import { Label } from "../listing.ts";
import type { Machine, StatementVisitors } from "../machine.ts";
import { voidZero } from "../syntax.ts";
import { variableDeclaration } from "./declaration.ts";
import { explodeStatement, explodeStatements } from "./explode.ts";
import { forAwait, forIn, forOf } from "./iteration.ts";
import { doWhile, forLoop, whileLoop } from "./loops.ts";
import { switchStatement } from "./switch.ts";
import { tryStatement } from "./try.ts";

type Visitor<T extends t.Node> = (machine: Machine, node: T, labels: readonly string[]) => void;

const table: { readonly [K in t.Statement["type"]]?: Visitor<Extract<t.Statement, { type: K }>> } = {
  BlockStatement: (machine, node) => {
    machine.enterScope(node);
    explodeStatements(machine, node.body);
  },
  ClassDeclaration: (machine, node) => machine.assign(node.id!.name, classValue(machine, node)),
  DoWhileStatement: doWhile,
  ExpressionStatement: (machine, node) => explodeEffect(machine, node.expression),
  ForInStatement: forIn,
  ForOfStatement: (machine, node, labels) =>
    node.await ? forAwait(machine, node, labels) : forOf(machine, node, labels),
  ForStatement: forLoop,
  IfStatement: ifStatement,
  LabeledStatement: (machine, node, labels) => explodeStatement(machine, node.body, [...labels, node.label.name]),
  ReturnStatement: returnStatement,
  SwitchStatement: switchStatement,
  ThrowStatement: (machine, node) => machine.listing.code(t.throwStatement(explode(machine, node.argument))),
  TryStatement: tryStatement,
  VariableDeclaration: variableDeclaration,
  WhileStatement: whileLoop,
};

export const statementVisitors = table as StatementVisitors;

function ifStatement(machine: Machine, node: t.IfStatement): void {
  if (!machine.suspends(node.consequent) && !machine.suspends(node.alternate)) {
    node.test = explode(machine, node.test);
    machine.native(node);
    return;
  }
  const otherwise = new Label();
  explodeTest(machine, node.test, otherwise);
  explodeStatement(machine, node.consequent);
  if (!node.alternate) {
    machine.listing.mark(otherwise);
    return;
  }
  const end = new Label();
  machine.listing.jump(end);
  machine.listing.mark(otherwise);
  explodeStatement(machine, node.alternate);
  machine.listing.mark(end);
}

function returnStatement(machine: Machine, node: t.ReturnStatement): void {
  const value = node.argument ? explode(machine, node.argument) : voidZero();
  machine.leaps.return(machine.kind === "asyncGenerator" ? machine.await(value, node, "return") : value);
}
