/** One suspending function while it is taken apart: what every visitor may use. */
import { types as t } from "@babel/core";
import { type ModuleContext, SCRIPT_NAMES } from "../phase.ts";
import type { Binding, Scope } from "./bindings.ts";
import { Leaps } from "./leaps.ts";
import { Listing, type SuspendOperation } from "./listing.ts";
import type { Names } from "./names.ts";
import type { SitePlaces } from "./sites.ts";
import type { SuspendingKind, Suspensions } from "./suspends.ts";
import { assign, memberOf } from "./syntax.ts";
import { toldName } from "./told-names.ts";

/** By node type. */
export type ExpressionVisitors = Readonly<
  Record<string, ((machine: Machine, node: t.Expression) => t.Expression) | undefined>
>;
export type StatementVisitors = Readonly<
  Record<string, ((machine: Machine, node: t.Statement, labels: readonly string[]) => void) | undefined>
>;

interface Visitors {
  readonly expressions: ExpressionVisitors;
  readonly statements: StatementVisitors;
}

interface MachineParts {
  readonly visitors: Visitors;
  readonly context: ModuleContext;
  readonly kind: SuspendingKind;
  readonly suspensions: Suspensions;
  readonly names: Names;
  /** Constants of module level that the compiler made: always at hand, never saved. */
  readonly definitions: ReadonlySet<string>;
  readonly places: SitePlaces;
  readonly locals: readonly Binding[];
  readonly scopeOf: (node: t.Node) => Scope | undefined;
}

export class Machine {
  readonly visitors: Visitors;
  readonly context: ModuleContext;
  readonly kind: SuspendingKind;
  readonly listing = new Listing();
  readonly leaps = new Leaps(this.listing);
  readonly scopeOf: (node: t.Node) => Scope | undefined;
  /** Names of all locals of the step function: those of the source, then temporaries. */
  readonly locals: string[];
  readonly #temporaries = new Set<string>();
  readonly #definitions: ReadonlySet<string>;
  readonly #suspensions: Suspensions;
  readonly #names: Names;
  readonly #places: SitePlaces;
  readonly #bindings: ReadonlyMap<string, Binding>;

  constructor(parts: MachineParts) {
    this.visitors = parts.visitors;
    this.context = parts.context;
    this.kind = parts.kind;
    this.#definitions = parts.definitions;
    this.scopeOf = parts.scopeOf;
    this.#suspensions = parts.suspensions;
    this.#names = parts.names;
    this.#places = parts.places;
    this.#bindings = new Map(parts.locals.map((binding) => [binding.unique, binding]));
    this.locals = [...this.#bindings.keys()];
  }

  suspends(node: t.Node | null | undefined): boolean {
    return this.#suspensions.in(node);
  }

  /** A local that no name of the source stands for. Each has a slot of its own; liveness drops it after use. */
  temporary(written?: string): string {
    const name = this.#names.temporary(written === undefined ? "" : toldName(written));
    this.locals.push(name);
    this.#temporaries.add(name);
    return name;
  }

  /** A native statement with no suspension inside; its leaps out of it are redirected. */
  native(statement: t.Statement): void {
    const redirected = this.leaps.redirect(statement);
    this.listing.code(redirected.statement, redirected.exits);
  }

  effect(expression: t.Expression): void {
    this.listing.code(t.expressionStatement(expression));
  }

  /** The written local gives its name to no class: those of the source do so in their own statements. */
  assign(name: string, value: t.Expression): void {
    const unnamed = t.isClassExpression(value) && !value.id && this.#temporaries.has(name);
    this.listing.code(assign(name, unnamed ? t.sequenceExpression([t.numericLiteral(0), value]) : value));
  }

  /** Suspends; afterwards the value is `$value`. A throw is thrown where the function stood. */
  suspend(operation: SuspendOperation, value: t.Expression, node: t.Node, kind: string): void {
    this.listing.suspend(operation, value, this.#places.at(node, kind));
  }

  await(value: t.Expression, node: t.Node, kind = "await"): t.Expression {
    this.suspend("await", value, node, kind);
    this.throwIfThrown();
    return t.identifier("$value");
  }

  throwIfThrown(): void {
    const thrown = t.binaryExpression("===", t.identifier("$mode"), t.numericLiteral(1));
    this.listing.code(t.ifStatement(thrown, t.throwStatement(t.identifier("$value"))));
  }

  /**
   * Puts a value aside, so that it keeps what it was when other parts have been evaluated.
   *
   * @param written what an error calls it, for values that are called
   */
  keep(value: t.Expression, written?: string): t.Expression {
    if (this.isStable(value)) return value;
    const name = this.temporary(written);
    this.assign(name, value);
    return t.identifier(name);
  }

  /** Likewise, always as a local, so that it can be named more than once. */
  keepNamed(value: t.Expression): string {
    if (t.isIdentifier(value) && this.isStable(value)) return value.name;
    const name = this.temporary();
    this.assign(name, value);
    return name;
  }

  /** A constant of module level that the compiler made. */
  isDefinition(node: t.Node): boolean {
    return t.isIdentifier(node) && this.#definitions.has(node.name);
  }

  /** Whether evaluating it later gives the same and does nothing. */
  isStable(value: t.Expression): boolean {
    if (t.isMemberExpression(value)) return !value.computed && t.isIdentifier(value.object, { name: SCRIPT_NAMES.abi });
    if (t.isIdentifier(value)) {
      if (this.#temporaries.has(value.name) || this.isDefinition(value) || value.extra?.kawaitConstant) return true;
      const binding = this.#bindings.get(value.name);
      return binding !== undefined && !binding.reassigned && binding.kind !== "function";
    }
    if (t.isUnaryExpression(value, { operator: "void" })) return t.isNumericLiteral(value.argument);
    if (t.isTemplateLiteral(value)) return value.expressions.length === 0;
    if (t.isRegExpLiteral(value)) return false;
    if (t.isArrowFunctionExpression(value) || t.isFunctionExpression(value)) return true;
    return t.isLiteral(value);
  }

  /** `$k.TDZ` into the checked locals of a scope, functions into theirs. */
  enterScope(node: t.Node): void {
    const scope = this.scopeOf(node);
    if (!scope?.hoists) return;
    for (const binding of scope.bindings.values()) {
      if (binding.checked) this.assign(binding.unique, memberOf("$k", "TDZ"));
    }
    for (const declaration of scope.functions) {
      const id = declaration.id;
      if (!id) continue;
      const name = scope.bindings.get(id.name)?.unique ?? id.name;
      this.assign(name, functionExpression(declaration));
    }
  }
}

function functionExpression(declaration: t.FunctionDeclaration): t.Expression {
  const { id, params, body, generator, async } = declaration;
  const made = t.functionExpression(id, params as t.FunctionExpression["params"], body, generator, async);
  if (declaration.extra) made.extra = declaration.extra;
  return made;
}
