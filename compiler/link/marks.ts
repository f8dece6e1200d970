/**
 * Marks in compiled functions and classes that lead from the engine's text of one to its author's: `Function.prototype.toString`
 * reads the first, and looks the place up in debug.
 *
 *   function book(trip) {…}   →   function book(trip) {…}, where "@0.1f" stands in a comment before the first parameter: module 0,
 *                                 function 51 of its source
 *
 * A mark stands where no function can be before it in the text. No other comment is ever printed, so none is taken for one.
 */
import { types as t } from "@babel/core";
import { eachNode } from "../diagnostics/each-node.ts";

/** `module`: what stands before the point; empty in code made at run time. */
export function setMark(node: t.Node, module: string): void {
  const mark: unknown = node.extra?.kawaitMark;
  if (typeof mark !== "number") return;
  const text = `@${module}.${mark.toString(36)}`;
  if (t.isClass(node)) markClass(node, text);
  else if (t.isFunction(node)) markFunction(node, text);
}

function markClass(node: t.Class, text: string): void {
  if (node.id) node.id = marked(node.id, text);
  else if (node.superClass) node.superClass = marked(node.superClass, text);
  else node.body.body.length > 0 ? markFirst(node.body.body, text) : inside(node.body, text);
}

function markFunction(node: t.Function, text: string): void {
  const { params, body } = node;
  if ("computed" in node && node.computed === true && holdsFunction(node.key)) node.key = marked(node.key, text);
  else if (params.length > 0) markFirst(params, text);
  else if (!t.isBlockStatement(body)) node.body = marked(body, text);
  else if (body.directives.length > 0) markFirst(body.directives, text);
  else if (body.body.length > 0) markFirst(body.body, text);
  else inside(body, text);
}

function markFirst(list: t.Node[], text: string): void {
  list[0] = marked(list[0]!, text);
}

/** A node of its own: one that stands in two places has a mark in one. */
function marked<T extends t.Node>(node: T, text: string): T {
  return { ...node, leadingComments: [comment(text)] };
}

function inside(node: t.Node, text: string): void {
  node.innerComments = [comment(text)];
}

function comment(value: string): t.CommentBlock {
  return { type: "CommentBlock", value } as t.CommentBlock;
}

function holdsFunction(key: t.Node): boolean {
  let holds = false;
  eachNode(key, (node) => {
    holds ||= t.isFunction(node) || t.isClass(node);
  });
  return holds;
}
