/**
 * The frames phase: async functions, generators and async generators become state machines over frames.
 *
 *   async function book(trip) { const r = await reserve(trip); return r.id; }
 *   →
 *   const $a4 = $k.frame(4, function ($f, $mode, $value) {
 *     var trip, r;
 *     switch ($f.pc) {
 *       case 0: trip = $f.l[0]; return $k.await($f, reserve(trip), 1, []);
 *       case 1: if ($mode === 1) throw $value; r = $value; return r.id;
 *     }
 *   });
 *   function book(trip) { return $k.async($a4, [trip]); }
 *
 * In order: parameters.ts (who evaluates them), resolve.ts (what names mean, locals renamed apart), statements/ and
 * expressions/ (what suspends is taken apart into listing.ts; leaps.ts says where break and return lead), liveness.ts
 * (what each site saves), assemble.ts (the dispatch loop), wrapper.ts (what stays in place).
 *
 * Boundary: runs after the closures phase: no inner function captures a local of a suspending one. Holds I3 (whatever a
 * function knows at a suspension is in its frame) and I7 (the frame holds what is live, nothing else).
 */
import { types as t } from "@babel/core";
import { type ModuleContext, SCRIPT_NAMES } from "../phase.ts";
import { Ancestors, hasUseStrict } from "./ancestors.ts";
import { suspendingKind } from "./suspends.ts";
import { Wrapper } from "./wrapper.ts";

export function framesPhase(file: t.File, context: ModuleContext): void {
  const ancestors = new Ancestors();
  const wrapper = new Wrapper(context, ancestors, definitionsOf(file, context));
  visit(file.program, ancestors, wrapper);
}

const known = new WeakMap<ModuleContext, Set<string>>();

/**
 * `const $d4 = $k.def(…)` and its kin, in this file and in those of the same module before: what the closures phase
 * hoisted comes as a file of its own first.
 */
function definitionsOf(file: t.File, context: ModuleContext): ReadonlySet<string> {
  const names = known.get(context) ?? new Set<string>([SCRIPT_NAMES.abi, SCRIPT_NAMES.tdz]);
  known.set(context, names);
  for (const statement of file.program.body) {
    if (!t.isVariableDeclaration(statement, { kind: "const" })) continue;
    for (const { id, init } of statement.declarations) {
      if (t.isIdentifier(id) && t.isCallExpression(init) && isAbi(init.callee)) names.add(id.name);
    }
  }
  return names;
}

const isAbi = (callee: t.Node): boolean =>
  t.isMemberExpression(callee) && t.isIdentifier(callee.object, { name: SCRIPT_NAMES.abi });

/** Inner functions come first. */
function visit(node: t.Node, ancestors: Ancestors, wrapper: Wrapper): void {
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const value = (node as unknown as Record<string, t.Node | (t.Node | null)[] | null | undefined>)[key];
    const children = Array.isArray(value) ? [...value] : [value];
    for (const child of children) {
      if (!child) continue;
      const index = Array.isArray(value) ? value.indexOf(child) : undefined;
      ancestors.path.push({ node, key, index });
      visit(child, ancestors, wrapper);
      ancestors.path.pop();
    }
  }
  if (!t.isFunction(node)) return;
  const kind = suspendingKind(node);
  if (kind) wrapper.wrap(node, kind, hasUseStrict(node) || ancestors.isStrict());
}
