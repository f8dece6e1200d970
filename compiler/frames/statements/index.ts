/**
 * Statements. One that holds no suspension stays native, with its leaps redirected; the others are taken apart here,
 * one visitor per kind.
 */
import { types as t } from "@babel/core";
import { explode, explodeEffect, explodeTest } from "../expressions/index.ts";
import { classValue } from "../expressions/literals.ts";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { labelled, voidZero } from "../syntax.ts";
import { variableDeclaration } from "./declaration.ts";
import { forAwait, forIn, forOf } from "./iteration.ts";
import { doWhile, forLoop, whileLoop } from "./loops.ts";
import { switchStatement } from "./switch.ts";
import { tryStatement } from "./try.ts";

type Visitor<T extends t.Node> = (machine: Machine, node: T, labels: readonly string[]) => void;

const visitors: { readonly [K in t.Statement["type"]]?: Visitor<Extract<t.Statement, { type: K }>> } = {
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

export function explodeStatements(machine: Machine, statements: readonly t.Statement[]): void {
  for (const statement of statements) explodeStatement(machine, statement);
}

/** `labels`: those that stand directly before the statement. */
export function explodeStatement(machine: Machine, node: t.Statement, labels: readonly string[] = []): void {
  if (t.isFunctionDeclaration(node) || t.isEmptyStatement(node)) return;
  if (!machine.suspends(node)) {
    native(machine, node, labels);
    return;
  }
  const visitor = visitors[node.type] as Visitor<t.Statement> | undefined;
  if (!visitor) {
    const message = `A suspension inside ${node.type} cannot be compiled.`;
    machine.context.error("SuspensionNotCovered", node, message);
    return;
  }
  const takesLabels = t.isLoop(node) || t.isSwitchStatement(node) || t.isLabeledStatement(node);
  if (labels.length === 0 || takesLabels) {
    visitor(machine, node, labels);
    return;
  }
  const end = new Label();
  machine.leaps.inTarget({ labels, breakTo: end }, () => visitor(machine, node, []));
  machine.listing.mark(end);
}

/** Declarations become assignments: their locals are hoisted. */
function native(machine: Machine, node: t.Statement, labels: readonly string[]): void {
  if (t.isVariableDeclaration(node)) variableDeclaration(machine, node);
  else if (t.isClassDeclaration(node)) machine.assign(node.id!.name, classValue(machine, node));
  else machine.native(labelled(node, labels));
}

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
