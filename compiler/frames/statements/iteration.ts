/**
 * `for…in`, `for…of`, `for await…of`: iteration records that can be saved, and iterators closed on every way out but
 * the iterator's own failure.
 */
import { types as t } from "@babel/core";
import { iteratedText } from "../../site-text.ts";
import { explode } from "../expressions/explode.ts";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { abi, isNullish, memberOf } from "../syntax.ts";
import { withCleanup } from "./cleanup.ts";
import { explodeStatement } from "./explode.ts";
import { assignPattern } from "./pattern.ts";

type Loop = t.ForInStatement | t.ForOfStatement;

export function forIn(machine: Machine, node: t.ForInStatement, labels: readonly string[]): void {
  const keys = machine.temporary();
  const again = new Label();
  const end = new Label();
  if (t.isVariableDeclaration(node.left) && node.left.declarations[0]?.init) {
    machine.effect(
      t.assignmentExpression("=", node.left.declarations[0].id as t.Identifier, node.left.declarations[0].init),
    );
  }
  machine.enterScope(node);
  machine.assign(keys, abi("forIn", explode(machine, node.right)));
  machine.listing.mark(again);
  const key = machine.temporary();
  machine.assign(key, abi("step", t.identifier(keys)));
  machine.listing.branch(memberOf(keys, "done"), end);
  machine.leaps.inTarget({ labels, breakTo: end, plainBreak: true, continueTo: again }, () => {
    bind(machine, node, t.identifier(key));
    explodeStatement(machine, node.body);
  });
  machine.listing.jump(again);
  machine.listing.mark(end);
}

export function forOf(machine: Machine, node: t.ForOfStatement, labels: readonly string[]): void {
  const iterator = machine.temporary();
  const value = machine.temporary();
  const again = new Label();
  const end = new Label();
  machine.enterScope(node);
  const text = t.stringLiteral(iteratedText(node.right));
  machine.assign(iterator, abi("iterator", explode(machine, node.right), text));
  machine.listing.mark(again);
  machine.assign(value, abi("step", t.identifier(iterator)));
  machine.listing.branch(memberOf(iterator, "done"), end);
  const close = (suppress: boolean) => (): void =>
    machine.effect(abi("close", t.identifier(iterator), t.booleanLiteral(suppress)));
  body(machine, node, labels, { value: t.identifier(value), again, end }, close(false), close(true));
}

export function forAwait(machine: Machine, node: t.ForOfStatement, labels: readonly string[]): void {
  const iterator = machine.temporary();
  const result = machine.temporary();
  const value = machine.temporary();
  const again = new Label();
  const end = new Label();
  machine.enterScope(node);
  const text = t.stringLiteral(iteratedText(node.right));
  machine.assign(iterator, abi("asyncIterator", explode(machine, node.right), text));
  machine.listing.mark(again);
  machine.assign(result, abi("result", machine.await(abi("next", t.identifier(iterator)), node, "next")));
  machine.listing.branch(memberOf(result, "done"), end);
  machine.assign(value, memberOf(result, "value"));
  const leaving = (): void => {
    const closed = new Label();
    const method = machine.temporary();
    machine.assign(method, t.memberExpression(memberOf(iterator, "i"), t.identifier("return")));
    machine.listing.branch(isNullish(method), closed);
    machine.effect(abi("result", awaitReturn(machine, node, iterator, method)));
    machine.listing.mark(closed);
  };
  const throwing = (): void => {
    const failed = new Label();
    const closed = new Label();
    const method = machine.temporary();
    machine.listing.within(failed, () => {
      machine.assign(method, t.memberExpression(memberOf(iterator, "i"), t.identifier("return")));
      machine.listing.branch(isNullish(method), closed);
      awaitReturn(machine, node, iterator, method);
    });
    machine.listing.jump(closed);
    machine.listing.mark(failed);
    machine.effect(abi("caught", t.identifier("$value")));
    machine.listing.mark(closed);
  };
  body(machine, node, labels, { value: t.identifier(value), again, end }, leaving, throwing);
}

function awaitReturn(machine: Machine, node: t.Node, iterator: string, method: string): t.Expression {
  const closing = abi("call", t.identifier(method), memberOf(iterator, "i"));
  return machine.await(closing, node, "close");
}

interface Turn {
  readonly value: t.Expression;
  readonly again: Label;
  readonly end: Label;
}

/** `continue` stays inside the cleanup, `break` crosses it. */
function body(
  machine: Machine,
  node: t.ForOfStatement,
  labels: readonly string[],
  turn: Turn,
  leaving: () => void,
  throwing: () => void,
): void {
  const inside = (): void =>
    machine.leaps.inTarget({ labels, continueTo: turn.again }, () => {
      bind(machine, node, turn.value);
      explodeStatement(machine, node.body);
    });
  machine.leaps.inTarget({ labels, breakTo: turn.end, plainBreak: true }, () =>
    withCleanup(machine, inside, { leaving, throwing, completing: false }),
  );
  machine.listing.jump(turn.again);
  machine.listing.mark(turn.end);
}

/** Each turn has locals of its own: those that may be read too early start as the sentinel again. */
function bind(machine: Machine, node: Loop, value: t.Expression): void {
  machine.enterScope(node);
  const target = t.isVariableDeclaration(node.left) ? node.left.declarations[0]!.id : node.left;
  assignPattern(machine, target, value);
}
