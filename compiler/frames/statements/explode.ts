/**
 * Statements. One that holds no suspension stays native, with its leaps redirected; the others are taken apart, each by
 * its visitor in the table of `index.ts`, which the machine carries.
 */
import { types as t } from "@babel/core";
import { classValue } from "../expressions/literals.ts";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { labelled } from "../syntax.ts";
import { variableDeclaration } from "./declaration.ts";

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
  const visitor = machine.visitors.statements[node.type];
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
