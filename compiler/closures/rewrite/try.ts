/**
 * `finally` can end the way of an error, by a completion or an error of its own, so that no `catch` and no promise ever sees
 * it. The runtime must: it judges every error that may be swallowed (`$k.caught`).
 *
 *     try { a(); } finally { return 1; }
 *     try { a(); } catch ($e) { throw $k.caught($e); } finally { return 1; }
 *
 * Where the statement suspends, the frame's own `finally` does the same.
 */
import { types as t } from "@babel/core";
import { childrenOf, isFunctionNode } from "../syntax.ts";
import { abi, at, id } from "./nodes.ts";
import type { Rewriter } from "./rewriter.ts";

export function visitTry(r: Rewriter, node: t.TryStatement): t.Node {
  const isExploded = r.suspending !== undefined && suspends(node);
  r.children(node);
  const { finalizer, handler } = node;
  if (!finalizer || finalizer.body.length === 0 || isExploded) return node;
  // What a `catch` clause throws can be swallowed as well.
  if (handler) node.block = at(t.blockStatement([at(t.tryStatement(node.block, handler), node)]), node.block);
  const error = r.context.uniqueName("e");
  const rethrow = at(t.throwStatement(abi("caught", id(error))), finalizer);
  node.handler = at(t.catchClause(id(error), t.blockStatement([rethrow])), finalizer);
  return node;
}

/** Whether the function that the node stands in can suspend within it. */
function suspends(node: t.Node): boolean {
  switch (node.type) {
    case "AwaitExpression":
    case "YieldExpression":
      return true;
    case "ForOfStatement":
      if (node.await) return true;
      break;
  }
  return childrenOf(node).some((child) => !isFunctionNode(child) && suspends(child));
}
