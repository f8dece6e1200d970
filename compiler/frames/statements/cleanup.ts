/**
 * A body with something to do on every way out: `finally`, and the closing of iterators.
 *
 *   body → (normal) ─┐                     ┌─ code 0 → next
 *   leap  ───────────┼─► entry: leaving() ─┼─ code 2 → return on
 *                    │                     └─ code n → break / continue on
 *   throw ─► handler: throwing(); throw    (or, for `finally`, entry with code 1)
 */
import { types as t } from "@babel/core";
import { type Cleanup, COMPLETION_NORMAL, COMPLETION_THROW } from "../leaps.ts";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { abi, voidZero } from "../syntax.ts";

interface CleanupActions {
  /** On leaps, and on normal completion when `completing`. */
  readonly leaving: () => void;
  /** On a throw, before it is thrown on; the error of the throw wins. */
  readonly throwing: () => void;
  readonly completing: boolean;
}

/** Runs `body` with the closing of an iterator around it. */
export function withCleanup(machine: Machine, body: () => void, actions: CleanupActions): void {
  const { listing } = machine;
  const cleanup = newCleanup(machine);
  const handler = new Label();
  const end = new Label();
  machine.leaps.inCleanup(cleanup, () => listing.within(handler, body));
  if (actions.completing) complete(machine, cleanup, COMPLETION_NORMAL, voidZero());
  const leaps = cleanup.exits.length > 0;
  if (!actions.completing) listing.jump(end);
  else if (leaps) listing.jump(cleanup.entry);
  else {
    actions.leaving();
    listing.jump(end);
  }
  if (leaps) {
    listing.mark(cleanup.entry);
    actions.leaving();
    machine.leaps.resume(cleanup);
    listing.jump(end);
  }
  listing.mark(handler);
  machine.assign(cleanup.value, abi("caught", t.identifier("$value")));
  actions.throwing();
  listing.code(t.throwStatement(t.identifier(cleanup.value)));
  listing.mark(end);
}

/** Runs `body` with a `finally`, which may end the completion by one of its own. */
export function withFinally(machine: Machine, body: () => void, finalizer: () => void): void {
  const { listing } = machine;
  const cleanup = newCleanup(machine);
  const handler = new Label();
  machine.leaps.inCleanup(cleanup, () => listing.within(handler, body));
  complete(machine, cleanup, COMPLETION_NORMAL, voidZero());
  listing.jump(cleanup.entry);
  listing.mark(handler);
  complete(machine, cleanup, COMPLETION_THROW, abi("caught", t.identifier("$value")));
  listing.mark(cleanup.entry);
  finalizer();
  const thrown = t.binaryExpression("===", t.identifier(cleanup.code), t.numericLiteral(COMPLETION_THROW));
  listing.code(t.ifStatement(thrown, t.throwStatement(t.identifier(cleanup.value))));
  machine.leaps.resume(cleanup);
}

function newCleanup(machine: Machine): Cleanup {
  return {
    kind: "cleanup",
    code: machine.temporary(),
    value: machine.temporary(),
    entry: new Label(),
    exits: [],
  };
}

function complete(machine: Machine, cleanup: Cleanup, code: number, value: t.Expression): void {
  machine.assign(cleanup.value, value);
  machine.assign(cleanup.code, t.numericLiteral(code));
}
