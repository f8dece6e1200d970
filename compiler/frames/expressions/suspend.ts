/** `await`, `yield`, `yield*`: the suspensions themselves. */
import { types as t } from "@babel/core";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { abi, isNullish, memberOf, voidZero } from "../syntax.ts";
import { explode } from "./explode.ts";

const value = (): t.Identifier => t.identifier("$value");

const modeIs = (mode: number): t.Expression => t.binaryExpression("===", t.identifier("$mode"), t.numericLiteral(mode));

export function awaitExpression(machine: Machine, node: t.AwaitExpression): t.Expression {
  return machine.await(explode(machine, node.argument), node);
}

export function yieldExpression(machine: Machine, node: t.YieldExpression): t.Expression {
  if (node.delegate) return delegate(machine, node, node.argument!);
  let operand = node.argument ? explode(machine, node.argument) : voidZero();
  if (machine.kind === "asyncGenerator") operand = machine.await(operand, node);
  machine.suspend("yield", operand, node, "yield");
  machine.throwIfThrown();
  if (machine.kind === "generator") {
    const native = machine.leaps.nativeReturn(value());
    machine.listing.code(t.ifStatement(modeIs(2), native.statement), native.exits);
    return value();
  }
  // return(v) of an async generator awaits v where the generator stands.
  const next = new Label();
  machine.listing.branch(t.binaryExpression("!==", t.identifier("$mode"), t.numericLiteral(2)), next);
  machine.leaps.return(machine.await(value(), node, "return"));
  machine.listing.mark(next);
  return value();
}

/**
 * `yield* e`: next, throw and return go to the inner iterator, until it is done.
 *
 * The mode is a local, since in an async generator the inner result is awaited before it counts.
 */
function delegate(machine: Machine, node: t.YieldExpression, argument: t.Expression): t.Expression {
  const isAsync = machine.kind === "asyncGenerator";
  const { listing } = machine;
  const iterator = machine.temporary();
  const mode = machine.temporary();
  const received = machine.temporary();
  const method = machine.temporary();
  const result = machine.temporary();
  const call = (name: string): t.Expression =>
    abi("call", t.identifier(name), memberOf(iterator, "i"), t.identifier(received));
  const settle = (expression: t.Expression): void =>
    machine.assign(result, abi("result", isAsync ? machine.await(expression, node) : expression));
  const getMethod = (name: string): void =>
    machine.assign(method, t.memberExpression(memberOf(iterator, "i"), t.identifier(name)));
  const test = (expected: number): t.Expression =>
    t.binaryExpression("===", t.identifier(mode), t.numericLiteral(expected));

  const loop = new Label();
  const throwing = new Label();
  const returning = new Label();
  const yielding = new Label();
  const returned = new Label();
  const noReturn = new Label();
  const end = new Label();

  machine.assign(iterator, abi(isAsync ? "asyncIterator" : "iterator", explode(machine, argument)));
  machine.assign(mode, t.numericLiteral(0));
  machine.assign(received, voidZero());

  listing.mark(loop);
  listing.branch(test(1), throwing);
  listing.branch(test(2), returning);
  settle(abi("next", t.identifier(iterator), t.identifier(received)));
  listing.branch(memberOf(result, "done"), end);
  listing.jump(yielding);

  listing.mark(throwing);
  getMethod("throw");
  const noThrow = new Label();
  listing.branch(isNullish(method), noThrow);
  settle(call(method));
  listing.branch(memberOf(result, "done"), end);
  listing.jump(yielding);

  // An inner iterator without throw is closed, then the protocol's violation is thrown.
  listing.mark(noThrow);
  getMethod("return");
  const violated = new Label();
  listing.branch(isNullish(method), violated);
  const closed = abi("call", t.identifier(method), memberOf(iterator, "i"));
  machine.effect(abi("result", isAsync ? machine.await(closed, node) : closed));
  listing.mark(violated);
  machine.effect(abi("noThrow"));
  listing.code(t.throwStatement(voidZero()));

  listing.mark(returning);
  getMethod("return");
  listing.branch(isNullish(method), noReturn);
  settle(call(method));
  listing.branch(memberOf(result, "done"), returned);

  listing.mark(yielding);
  if (isAsync) machine.suspend("yield", memberOf(result, "value"), node, "yield");
  else machine.suspend("delegate", t.identifier(result), node, "yield");
  machine.assign(mode, t.identifier("$mode"));
  machine.assign(received, value());
  if (isAsync) {
    // return(v) awaits v here, and a rejection is thrown into the inner iterator.
    listing.branch(t.binaryExpression("!==", t.identifier(mode), t.numericLiteral(2)), loop);
    machine.suspend("await", t.identifier(received), node, "return");
    machine.assign(mode, t.conditionalExpression(modeIs(1), t.numericLiteral(1), t.numericLiteral(2)));
    machine.assign(received, value());
  }
  listing.jump(loop);

  listing.mark(noReturn);
  machine.leaps.return(isAsync ? machine.await(t.identifier(received), node) : t.identifier(received));
  listing.mark(returned);
  machine.leaps.return(memberOf(result, "value"));
  listing.mark(end);
  return memberOf(result, "value");
}
