/**
 * Where `break`, `continue` and `return` lead, and what they pass on the way.
 *
 * A leap that crosses a cleanup (a `finally`, the closing of an iterator) leaves its completion there, as a code and a
 * value in two hoisted locals, so that it survives a save in the middle of the cleanup; behind the cleanup the leap
 * goes on. All side effects happen on the way out, innermost first.
 *
 *   code: 0 normal, 1 throw, 2 return, from 3 a break or continue
 *
 * On the way out of a statement that stays native, its own `finally` and the closing of its iterators run yet, and what
 * they throw belongs to the region of the statement, not to that of the leap's end. So `$pc` stays until the leap has
 * arrived at the dispatch loop (assemble.ts), and `$leap` holds the state until then, for as long as nothing stops it:
 *
 *     try { return 1; } finally { close(); }
 *     try { $2 = 1; $1 = 2; $leap = 6; continue; }
 *     finally { const $kept = $leap; $leap = -1; close(); $leap = $kept; }
 */
import { types as t } from "@babel/core";
import type { Exit, Label, Listing } from "./listing.ts";
import { childrenOf } from "./suspends.ts";
import { assign, noState, voidZero } from "./syntax.ts";

export const COMPLETION_NORMAL = 0;
export const COMPLETION_THROW = 1;
const COMPLETION_RETURN = 2;
const FIRST_LEAP = 3;

interface Target {
  readonly kind: "target";
  readonly labels: readonly string[];
  /** Where `break` goes; `plain` when it needs no label. */
  readonly breakTo?: Label;
  readonly plainBreak?: boolean;
  readonly continueTo?: Label;
}

export interface Cleanup {
  readonly kind: "cleanup";
  /** Locals that hold the completion. */
  readonly code: string;
  readonly value: string;
  readonly entry: Label;
  readonly exits: Leap[];
}

/** Undefined label: a return. */
type Leap = { readonly to: Label | undefined };

interface Native {
  readonly statement: t.Statement;
  readonly exits: readonly Exit[];
}

export class Leaps {
  readonly #listing: Listing;
  readonly #stack: (Target | Cleanup)[] = [];
  /** Of the statement that is redirected: what its leaps write, and whether something can stop one of them. */
  #targets: t.Identifier[] = [];
  #isStoppable = false;

  constructor(listing: Listing) {
    this.#listing = listing;
  }

  inTarget(target: Omit<Target, "kind">, body: () => void): void {
    this.#stack.push({ kind: "target", ...target });
    body();
    this.#stack.pop();
  }

  inCleanup(cleanup: Cleanup, body: () => void): void {
    this.#stack.push(cleanup);
    body();
    this.#stack.pop();
  }

  /** Appends a `break` or `continue`. */
  jump(kind: "break" | "continue", label: string | undefined): void {
    this.#leap({ to: this.#find(kind, label) }, undefined);
  }

  /** Appends a `return`; the value is evaluated already or free of suspensions. */
  return(value: t.Expression | undefined): void {
    this.#leap({ to: undefined }, value);
  }

  /** Behind a cleanup: goes on with the leaps that it interrupted. The cleanup itself is off the stack. */
  resume(cleanup: Cleanup): void {
    for (const [index, leap] of cleanup.exits.entries()) {
      const code = leap.to ? FIRST_LEAP + index : COMPLETION_RETURN;
      const test = t.binaryExpression("===", t.identifier(cleanup.code), t.numericLiteral(code));
      const outer = this.#cleanupBefore(leap);
      if (leap.to && !outer) {
        this.#listing.branch(test, leap.to);
        continue;
      }
      const native = this.#native(leap, leap.to ? undefined : t.identifier(cleanup.value), false);
      this.#listing.code(t.ifStatement(test, native.statement), native.exits);
    }
  }

  /** A `return` as a native statement, for use inside an `if` at the machine's top level. */
  nativeReturn(value: t.Expression): Native {
    return this.#native({ to: undefined }, value, false);
  }

  /** Rewrites the leaps out of a statement that stays native; gives the labels that it leaves for. */
  redirect(statement: t.Statement): Native {
    const exits: Exit[] = [];
    this.#targets = [];
    this.#isStoppable = false;
    const inside = { labels: new Set<string>(), breaks: false, continues: false, isClosed: false };
    const result = this.#redirected(statement, inside, exits);
    if (this.#isStoppable) {
      this.#listing.delaysLeaps = true;
      for (const target of this.#targets) target.name = "$leap";
      stopLeaps(result);
    }
    return { statement: result, exits };
  }

  #redirected(node: t.Statement, inside: Inside, exits: Exit[]): t.Statement {
    let leap: Leap | undefined;
    let value: t.Expression | undefined;
    if (t.isReturnStatement(node)) {
      leap = { to: undefined };
      if (!this.#cleanupBefore(leap)) return node;
      value = node.argument ?? voidZero();
    } else if (t.isBreakStatement(node)) {
      if (node.label ? inside.labels.has(node.label.name) : inside.breaks) return node;
      leap = { to: this.#find("break", node.label?.name) };
    } else if (t.isContinueStatement(node)) {
      if (node.label ? inside.labels.has(node.label.name) : inside.continues) return node;
      leap = { to: this.#find("continue", node.label?.name) };
    }
    if (leap) {
      if (inside.isClosed) this.#isStoppable = true;
      const native = this.#native(leap, value, inside.continues);
      exits.push(...native.exits);
      return native.statement;
    }
    let within = inside;
    if (t.isLabeledStatement(node)) within = { ...inside, labels: new Set([...inside.labels, node.label.name]) };
    else if (t.isTryStatement(node) && node.finalizer) {
      const { block, handler, finalizer } = node;
      this.#redirectChildren(t.blockStatement([block]), { ...inside, isClosed: true }, exits);
      if (handler) this.#redirectChildren(handler, { ...inside, isClosed: true }, exits);
      this.#redirectChildren(finalizer, inside, exits);
      return node;
    } else if (t.isLoop(node)) {
      within = { ...inside, breaks: true, continues: true, isClosed: inside.isClosed || t.isForOfStatement(node) };
    } else if (t.isSwitchStatement(node)) within = { ...inside, breaks: true };
    this.#redirectChildren(node, within, exits);
    return node;
  }

  #redirectChildren(node: t.Node, inside: Inside, exits: Exit[]): void {
    for (const key of t.VISITOR_KEYS[node.type] ?? []) {
      const record = node as unknown as Record<string, t.Node | (t.Node | null)[] | null | undefined>;
      const value = record[key];
      const one = (child: t.Node): t.Node => {
        if (t.isStatement(child) && !t.isFunction(child) && !t.isClass(child))
          return this.#redirected(child, inside, exits);
        if (t.isSwitchCase(child) || t.isCatchClause(child)) this.#redirectChildren(child, inside, exits);
        return child;
      };
      if (Array.isArray(value)) for (const [index, child] of value.entries()) value[index] = child && one(child);
      else if (value) record[key] = one(value);
    }
  }

  #leap(leap: Leap, value: t.Expression | undefined): void {
    const cleanup = this.#cleanupBefore(leap);
    if (!cleanup) {
      if (leap.to) this.#listing.jump(leap.to);
      else this.#listing.code(t.returnStatement(value ?? null));
      return;
    }
    for (const statement of this.#complete(cleanup, leap, value)) this.#listing.code(statement);
    this.#listing.jump(cleanup.entry);
  }

  #native(leap: Leap, value: t.Expression | undefined, inLoops: boolean): Native {
    const cleanup = this.#cleanupBefore(leap);
    if (!cleanup && !leap.to) return { statement: t.returnStatement(value ?? null), exits: [] };
    const to = cleanup ? cleanup.entry : leap.to!;
    const statements = cleanup ? this.#complete(cleanup, leap, value) : [];
    if (inLoops) this.#listing.leavesInnerLoops = true;
    const target = t.identifier("$pc");
    this.#targets.push(target);
    statements.push(assignTo(target, to.literal()), t.continueStatement(inLoops ? t.identifier("$run") : null));
    const writes = cleanup ? [cleanup.code, cleanup.value] : [];
    return { statement: t.blockStatement(statements), exits: [{ to, writes }] };
  }

  /** The statements that leave a completion at a cleanup. */
  #complete(cleanup: Cleanup, leap: Leap, value: t.Expression | undefined): t.Statement[] {
    let index = cleanup.exits.findIndex((exit) => exit.to === leap.to);
    if (index < 0) index = cleanup.exits.push(leap) - 1;
    const code = leap.to ? FIRST_LEAP + index : COMPLETION_RETURN;
    return [assign(cleanup.value, value ?? voidZero()), assign(cleanup.code, t.numericLiteral(code))];
  }

  #find(kind: "break" | "continue", name: string | undefined): Label {
    for (const entry of this.#stack.toReversed()) {
      if (entry.kind !== "target") continue;
      const label = kind === "break" ? entry.breakTo : entry.continueTo;
      if (!label) continue;
      if (name !== undefined ? entry.labels.includes(name) : kind === "continue" || entry.plainBreak) return label;
    }
    throw new Error(`no target for ${kind} ${name ?? ""}`);
  }

  /** The innermost cleanup that a leap crosses. */
  #cleanupBefore(leap: Leap): Cleanup | undefined {
    for (const entry of this.#stack.toReversed()) {
      if (entry.kind === "cleanup") return entry;
      if (leap.to && (entry.breakTo === leap.to || entry.continueTo === leap.to)) return undefined;
    }
    return undefined;
  }
}

interface Inside {
  readonly labels: ReadonlySet<string>;
  readonly breaks: boolean;
  readonly continues: boolean;
  /** A `finally` or an iterator that is closed stands between here and the end of the statement. */
  readonly isClosed: boolean;
}

function assignTo(target: t.Identifier, value: t.Expression): t.Statement {
  return t.expressionStatement(t.assignmentExpression("=", target, value));
}

/** Where an error, or a completion of a `finally`, ends the way of a leap. */
function stopLeaps(node: t.Node): void {
  if (t.isFunction(node) || t.isClass(node)) return;
  if (t.isCatchClause(node)) node.body.body.unshift(assign("$leap", noState()));
  for (const child of childrenOf(node)) stopLeaps(child);
  if (!t.isTryStatement(node) || !node.finalizer) return;
  const kept = t.variableDeclaration("const", [t.variableDeclarator(t.identifier("$kept"), t.identifier("$leap"))]);
  node.finalizer.body.unshift(kept, assign("$leap", noState()));
  node.finalizer.body.push(assign("$leap", t.identifier("$kept")));
}
