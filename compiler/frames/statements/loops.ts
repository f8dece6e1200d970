/** `while`, `do`, `for (;;)`. */
import { types as t } from "@babel/core";
import { explode, explodeEffect, explodeTest } from "../expressions/explode.ts";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { variableDeclaration } from "./declaration.ts";
import { explodeStatement } from "./explode.ts";

export function whileLoop(machine: Machine, node: t.WhileStatement, labels: readonly string[]): void {
  const again = new Label();
  const end = new Label();
  machine.listing.mark(again);
  if (!t.isBooleanLiteral(node.test, { value: true })) explodeTest(machine, node.test, end);
  body(machine, node.body, labels, end, again);
  machine.listing.jump(again);
  machine.listing.mark(end);
}

export function doWhile(machine: Machine, node: t.DoWhileStatement, labels: readonly string[]): void {
  const again = new Label();
  const test = new Label();
  const end = new Label();
  machine.listing.mark(again);
  body(machine, node.body, labels, end, test);
  machine.listing.mark(test);
  machine.listing.branch(explode(machine, node.test), again);
  machine.listing.mark(end);
}

export function forLoop(machine: Machine, node: t.ForStatement, labels: readonly string[]): void {
  const again = new Label();
  const next = new Label();
  const end = new Label();
  machine.enterScope(node);
  if (t.isVariableDeclaration(node.init)) variableDeclaration(machine, node.init);
  else if (node.init) explodeEffect(machine, node.init);
  machine.listing.mark(again);
  if (node.test) explodeTest(machine, node.test, end);
  body(machine, node.body, labels, end, next);
  machine.listing.mark(next);
  if (node.update) explodeEffect(machine, node.update);
  machine.listing.jump(again);
  machine.listing.mark(end);
}

function body(machine: Machine, node: t.Statement, labels: readonly string[], end: Label, next: Label): void {
  machine.leaps.inTarget({ labels, breakTo: end, plainBreak: true, continueTo: next }, () =>
    explodeStatement(machine, node),
  );
}
