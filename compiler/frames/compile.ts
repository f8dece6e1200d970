/** One suspending function: its step function, its table entry, and what the wrapper left in its place has to do. */
import { types as t } from "@babel/core";
import type { FunctionKind } from "#protocol";
import type { ModuleContext } from "../phase.ts";
import { type AssembledSite, type Assembly, assemble } from "./assemble.ts";
import type { Binding } from "./bindings.ts";
import { expressionVisitors } from "./expressions/index.ts";
import { Machine } from "./machine.ts";
import { Names } from "./names.ts";
import { planParameters } from "./parameters.ts";
import { Resolver } from "./resolve.ts";
import { SitePlaces } from "./sites.ts";
import { explodeStatement, explodeStatements } from "./statements/explode.ts";
import { statementVisitors } from "./statements/index.ts";
import type { Intrinsic } from "./super.ts";
import { type SuspendingKind, Suspensions } from "./suspends.ts";
import { abi, voidZero } from "./syntax.ts";

/** Where the function stands. */
interface Surroundings {
  /** A function or block outside binds the name: the step, which stands at module level, is handed its value. */
  readonly binds: (name: string) => boolean;
  /** The function's code is strict. */
  readonly strict: boolean;
  /** Constants of module level that the compiler made. */
  readonly definitions: ReadonlySet<string>;
  /** The object that `super` starts from. */
  readonly home: () => t.Expression;
}

export interface Compiled {
  readonly index: number;
  /** The name of the definition at module level. */
  readonly definition: string;
  /** Of the wrapper. */
  readonly params: t.FunctionExpression["params"];
  /** The values of site 0, as the wrapper evaluates them. */
  readonly entry: t.Expression[];
  /** Among them, the function itself: the identifier that names it. */
  readonly self: t.Identifier | undefined;
}

const RESERVED = ["$f", "$mode", "$value", "$pc", "$e", "$run", "$leap", "$kept"];

export function compileFunction(
  context: ModuleContext,
  node: t.Function,
  kind: SuspendingKind,
  surroundings: Surroundings,
): Compiled {
  const index = functionIndex(context, node, kind);
  const body = blockOf(node);
  const places = new SitePlaces(body);
  const suspensions = new Suspensions(kind);
  const names = new Names();
  names.mention([node]);
  for (const name of RESERVED) names.take(name);

  const plan = planParameters(kind, node.params, names);
  const resolver = new Resolver(context, suspensions, names, surroundings.strict || context.strict);
  const prologueLength = plan.prologue.length;
  for (const name of plan.passed) resolver.parameter(name, prologueLength > 0);
  body.body.unshift(...plan.prologue);
  resolver.body(body, t.isFunctionExpression(node) ? node.id?.name : undefined);

  const entries = new Map<string, t.Expression>();
  const outer = [...resolver.free.keys()].filter(surroundings.binds);
  const written = outer.find((name) => resolver.freeWrites.has(name));
  if (written) throw new Error(`frames: ${written} is captured and written; closures must have moved it`);
  for (const name of resolver.free.keys()) {
    if (!RESERVED.includes(name)) continue;
    context.error("ReservedName", node, `The name ${name} is used by compiled code: rename the variable.`);
  }
  const intrinsics = [...resolver.intrinsics].map(([which, nodes]): [Intrinsic, string] => {
    const name = names.fresh(`$${which}`);
    for (const use of nodes) use.name = name;
    return [which, name];
  });
  const locals = resolver.rename();
  const machine = new Machine({
    visitors: { expressions: expressionVisitors, statements: statementVisitors },
    context,
    kind,
    suspensions,
    names,
    definitions: surroundings.definitions,
    places,
    locals: [...outer.map(constantLocal), ...intrinsics.map(([, name]) => constantLocal(name)), ...locals],
    scopeOf: (scopeNode) => resolver.scopeOf(scopeNode),
  });
  for (const name of outer) entries.set(name, t.identifier(name));
  for (const [which, name] of intrinsics) entries.set(name, intrinsicValue(which, surroundings));
  let self: t.Identifier | undefined;
  for (const binding of locals) {
    const isEntry = binding.kind === "self" || plan.passed.includes(binding.name);
    if (isEntry && resolver.top.bindings.get(binding.name) === binding) {
      const value = t.identifier(binding.name);
      entries.set(binding.unique, value);
      if (binding.kind === "self") self = value;
    }
  }

  const [prologue, statements] = [body.body.slice(0, prologueLength), body.body.slice(prologueLength)];
  machine.enterScope(body);
  explodeStatements(machine, prologue);
  for (const statement of statements) explodeStatement(machine, statement);

  const tableName = { value: "" };
  const assembly = assemble(machine, new Set(entries.keys()), () => {
    tableName.value = context.uniqueName(`h${index}`);
    return tableName.value;
  });
  if (assembly.handlers.length > 0) hoistTable(context, tableName.value, assembly.handlers);
  const definition = context.uniqueName(`a${index}`);
  const step = stepFunction(machine, assembly, surroundings.strict && !context.strict);
  context.hoist(constant(definition, abi("frame", t.numericLiteral(index), step)));
  record(context, index, node, assembly, displayNames(machine, locals, intrinsics));
  const entry = assembly.sites[0]!.live.map((name) => entries.get(name)!);
  return {
    index,
    definition,
    params: plan.params,
    entry,
    self: self && entry.includes(self) ? self : undefined,
  };
}

function functionIndex(context: ModuleContext, node: t.Function, kind: FunctionKind): number {
  const stamped = (node.extra as { kawaitIndex?: number } | undefined)?.kawaitIndex;
  return stamped ?? context.addFunction(node, kind);
}

function blockOf(node: t.Function): t.BlockStatement {
  if (t.isBlockStatement(node.body)) return node.body;
  const statement = t.returnStatement(node.body);
  statement.loc = node.body.loc ?? null;
  return t.blockStatement([statement]);
}

/** A local that nothing writes. */
function constantLocal(name: string): Binding {
  return {
    name,
    kind: "entry",
    unique: name,
    hoisted: true,
    nodes: [],
    named: [],
    reassigned: false,
    checked: false,
    declared: true,
    switchCase: undefined,
  };
}

function intrinsicValue(which: Intrinsic, surroundings: Surroundings): t.Expression {
  switch (which) {
    case "this":
      return t.thisExpression();
    case "arguments":
      return t.identifier("arguments");
    case "home":
      return surroundings.home();
  }
}

export function constant(name: string, value: t.Expression): t.Statement {
  return t.variableDeclaration("const", [t.variableDeclarator(t.identifier(name), value)]);
}

function hoistTable(context: ModuleContext, name: string, handlers: readonly number[]): void {
  context.hoist(constant(name, t.arrayExpression(handlers.map((state) => t.numericLiteral(state)))));
}

/** `function ($f, $mode, $value) { var …; … }`: only locals that the code mentions are declared. */
function stepFunction(machine: Machine, assembly: Assembly, addStrict: boolean): t.FunctionExpression {
  const mentioned = new Names();
  mentioned.mention(assembly.statements);
  const declared = machine.locals.filter((name) => mentioned.isMentioned(name));
  const statements = [...assembly.statements];
  if (declared.length > 0) {
    const declarators = declared.map((name) => t.variableDeclarator(t.identifier(name)));
    statements.unshift(t.variableDeclaration("var", declarators));
  }
  const directives = addStrict ? [t.directive(t.directiveLiteral("use strict"))] : [];
  const params = ["$f", "$mode", "$value"].map((name) => t.identifier(name));
  return t.functionExpression(null, params, t.blockStatement(statements, directives));
}

/** Names for people: those of the source; a second local of a name is `name~1`. */
function displayNames(
  machine: Machine,
  locals: readonly Binding[],
  intrinsics: readonly [Intrinsic, string][],
): Map<string, string> {
  const shown = new Map(machine.locals.map((name) => [name, name]));
  for (const [which, name] of intrinsics) shown.set(name, which);
  const counts = new Map<string, number>();
  for (const binding of locals) {
    const count = counts.get(binding.name) ?? 0;
    counts.set(binding.name, count + 1);
    shown.set(binding.unique, count === 0 ? binding.name : `${binding.name}~${count}`);
  }
  return shown;
}

function record(
  context: ModuleContext,
  index: number,
  node: t.Function,
  assembly: Assembly,
  shown: ReadonlyMap<string, string>,
): void {
  const names = (site: AssembledSite): string[] => site.live.map((name) => shown.get(name) ?? name);
  context.setSites(
    index,
    assembly.sites.map((site) => ({ key: site.site?.key ?? "entry", live: names(site) })),
    assembly.sites.map((site) => context.position(site.site?.node ?? node, node)),
    assembly.handlers,
  );
}

/** What the wrapper evaluates: `$k.async($a4, [trip, n])`. */
export function startCall(compiled: Compiled, kind: SuspendingKind, owner?: t.Expression): t.Expression {
  const definition = t.identifier(compiled.definition);
  const locals = t.arrayExpression(compiled.entry);
  if (kind === "async") return abi("async", definition, locals);
  return abi(kind, definition, locals, owner ?? voidZero());
}
