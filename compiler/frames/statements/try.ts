/** `try` around a suspension: ranges of states whose throws go to a handler. */
import { types as t } from "@babel/core";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { withFinally } from "./cleanup.ts";
import { explodeStatement } from "./explode.ts";
import { assignPattern } from "./pattern.ts";

export function tryStatement(machine: Machine, node: t.TryStatement): void {
  const { finalizer, handler } = node;
  const guarded = (): void =>
    handler ? tryCatch(machine, node.block, handler) : explodeStatement(machine, node.block);
  if (!finalizer) guarded();
  else withFinally(machine, guarded, () => explodeStatement(machine, finalizer));
}

function tryCatch(machine: Machine, block: t.BlockStatement, handler: t.CatchClause): void {
  const caught = new Label();
  const end = new Label();
  machine.listing.within(caught, () => explodeStatement(machine, block));
  machine.listing.jump(end);
  machine.listing.mark(caught);
  machine.enterScope(handler);
  if (handler.param) assignPattern(machine, handler.param, t.identifier("$value"));
  explodeStatement(machine, handler.body);
  machine.listing.mark(end);
}
