/**
 * Which module-level bindings may hold an object that only native captures of functions reach: they are handed over at
 * the end of the module's evaluation (`$k.bindings`), for the image walk.
 *
 *   const cache = new Map(); export function get(key) { return cache.get(key); }   →   …; $k.bindings(3, [cache, get]);
 */
import { type NodePath, types as t } from "@babel/core";
import type { ModuleContext } from "../phase.ts";
import { abiCall } from "./reference.ts";
import type { ModuleSyntax } from "./syntax.ts";

export interface ModuleBindings {
  /** In order of declaration. */
  readonly names: readonly string[];
  /** Those that are there from the start: functions and `var`. */
  readonly hoisted: ReadonlySet<string>;
}

/** What of a module is needed once its phases are done. */
export interface ModuleShape {
  /** The name of the binding that holds the default export, when it has none of its own. */
  readonly defaultBinding: string | null;
  /** The name of the function that evaluates the module in a thread; null: it is evaluated at load. */
  readonly evaluate: string | null;
}

export function moduleBindings(program: NodePath<t.Program>, syntax: ModuleSyntax): ModuleBindings {
  const names: string[] = [];
  const hoisted = new Set<string>();
  for (const [name, binding] of Object.entries(program.scope.bindings)) {
    if (binding.kind === "module" || Object.hasOwn(syntax.mutable, name)) continue;
    const declaration = binding.path.node;
    if (t.isVariableDeclarator(declaration) && binding.constant && isPrimitive(declaration.init)) continue;
    names.push(name);
    if (binding.kind === "var" || binding.kind === "hoisted") hoisted.add(name);
  }
  return { names, hoisted };
}

/** `own`: constants that the phase made. At the end of the body; a CommonJS body that returns early hands over what it has by then. */
export function handOverBindings(
  program: t.Program,
  context: ModuleContext,
  { names, hoisted }: ModuleBindings,
  own: readonly string[],
): void {
  const handOver = (some: readonly string[]): t.Statement => {
    const list = t.arrayExpression(some.map((name) => t.identifier(name)));
    return t.expressionStatement(abiCall("bindings", t.numericLiteral(context.moduleIndex), list));
  };
  if (context.kind === "commonjs") {
    const known = new Set(hoisted);
    for (const [index, statement] of program.body.entries()) {
      program.body[index] = insertBeforeReturns(statement, () => handOver(names.filter((name) => known.has(name))));
      for (const name of Object.keys(t.getBindingIdentifiers(statement, false, true))) known.add(name);
    }
  }
  const all = [...names, ...own];
  if (all.length > 0) program.body.push(handOver(all));
}

function insertBeforeReturns(statement: t.Statement, make: () => t.Statement): t.Statement {
  if (t.isReturnStatement(statement)) return t.blockStatement([make(), statement]);
  if (t.isFunction(statement) || t.isClass(statement) || t.isVariableDeclaration(statement)) return statement;
  const record = statement as unknown as Record<string, unknown>;
  for (const key of t.VISITOR_KEYS[statement.type] ?? []) {
    const value = record[key];
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        if (t.isStatement(item)) value[index] = insertBeforeReturns(item, make);
        else if (t.isSwitchCase(item))
          item.consequent = item.consequent.map((inner) => insertBeforeReturns(inner, make));
      });
    } else if (t.isStatement(value as t.Node)) record[key] = insertBeforeReturns(value as t.Statement, make);
    else if (t.isCatchClause(value as t.Node)) insertBeforeReturns((value as t.CatchClause).body, make);
  }
  return statement;
}

function isPrimitive(init: t.Node | null | undefined): boolean {
  if (init == null) return false;
  if (t.isRegExpLiteral(init)) return false;
  return t.isLiteral(init) || (t.isUnaryExpression(init) && t.isLiteral(init.argument));
}
