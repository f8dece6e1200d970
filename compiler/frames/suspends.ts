/**
 * Which parts of a function's body suspend: only those are taken apart, everything else stays as written.
 *
 * Boundary: answers for nodes of one function; what nested functions do in their own time does not count, but their
 * computed keys and a class's heritage are evaluated by the function itself.
 */
import { types as t } from "@babel/core";

export type SuspendingKind = "async" | "generator" | "asyncGenerator";

/** The kind of a function that becomes a frame; undefined for all others. */
export function suspendingKind(node: t.Function): SuspendingKind | undefined {
  const generator = "generator" in node && node.generator === true;
  const isAsync = "async" in node && node.async === true;
  if (generator) return isAsync ? "asyncGenerator" : "generator";
  return isAsync ? "async" : undefined;
}

/** It calls an async function and gives its promise: async in kind only (parse/open-scopes/parameters.ts). */
export function isEntrance(node: t.Function): boolean {
  return node.extra?.kawaitEntrance === true;
}

/** All direct children, in source order. */
export function childrenOf(node: t.Node): t.Node[] {
  const children: t.Node[] = [];
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const value = (node as unknown as Record<string, t.Node | (t.Node | null)[] | null | undefined>)[key];
    if (Array.isArray(value)) {
      for (const child of value) if (child) children.push(child);
    } else if (value) children.push(value);
  }
  return children;
}

/** Those children that are evaluated by the code which the node is part of, not by an inner function. */
function evaluatedChildren(node: t.Node): t.Node[] {
  if (t.isFunction(node)) return "computed" in node && node.computed ? [node.key] : [];
  if (t.isClass(node)) {
    const keys = node.body.body.flatMap((member) => ("computed" in member && member.computed ? [member.key] : []));
    return node.superClass ? [node.superClass, ...keys] : keys;
  }
  return childrenOf(node);
}

/** Remembers its answers by node, so a walk from the top stays linear. */
export class Suspensions {
  readonly #kind: SuspendingKind;
  readonly #known = new WeakMap<t.Node, boolean>();

  constructor(kind: SuspendingKind) {
    this.#kind = kind;
  }

  in(node: t.Node | null | undefined): boolean {
    if (!node) return false;
    let answer = this.#known.get(node);
    if (answer === undefined) {
      answer = this.#suspendsItself(node) || evaluatedChildren(node).some((child) => this.in(child));
      this.#known.set(node, answer);
    }
    return answer;
  }

  #suspendsItself(node: t.Node): boolean {
    switch (node.type) {
      case "AwaitExpression":
      case "YieldExpression":
        return true;
      case "ForOfStatement":
        return node.await;
      case "ReturnStatement":
        // `return v` of an async generator awaits v.
        return this.#kind === "asyncGenerator" && node.argument != null;
      default:
        return false;
    }
  }
}
