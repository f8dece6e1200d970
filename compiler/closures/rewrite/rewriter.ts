/**
 * The moving part of the rewrite: which boundary the code is in, which scope objects it mentions, its temporaries.
 *
 * A *boundary* is what will be moved away from its surroundings (a function, a class). While its inside is rewritten it
 * collects the scope objects that the inside mentions; those from outside become the parameters of its maker, and
 * mentioning them at the creation passes them on to the boundary around it: closures are flat, exactly what is used.
 */
import { types as t } from "@babel/core";
import type { ModuleContext } from "../../phase.ts";
import type { Analysis, Binding, PrivateName, Scope } from "../analysis/model.ts";
import { type FunctionNode, visitorKeys } from "../syntax.ts";
import { type Boundary, type BoundaryOptions, layoutOf, newBoundary, type ScopeObject } from "./boundary.ts";
import type { Name } from "./name.ts";
import { declare, id } from "./nodes.ts";

/** A private method, getter or setter. */
export interface PrivateFunction {
  readonly value: () => t.Expression;
  /** Of a class that is evaluated once: calls it, with the receiver as its first argument. */
  readonly caller: (() => t.Expression) | undefined;
}

/** Where a private name's slot, or the functions of a private method, are found. */
export interface PrivatePlace {
  readonly slot: () => t.Expression;
  readonly method: PrivateFunction;
  readonly getter: PrivateFunction;
  readonly setter: PrivateFunction;
}

export type Visitor = (r: Rewriter, node: t.Node) => t.Node;

/** The syntax that the rewrite knows; handed in, because all of it is recursive. */
export interface Syntax {
  readonly visitors: { readonly [type: string]: Visitor | undefined };
  /** A function expression or arrow function, named by what it is assigned to. */
  functionValue(
    r: Rewriter,
    node: t.FunctionExpression | t.ArrowFunctionExpression,
    name: Name | undefined,
  ): t.Expression;
  classValue(r: Rewriter, node: t.ClassExpression, name: Name | undefined): t.Expression;
  /** A hoisted function declaration as a value; undefined when it may stay a declaration. */
  declaredFunction(r: Rewriter, node: t.FunctionDeclaration, mayStay: boolean): t.Expression | undefined;
}

export class Rewriter {
  readonly context: ModuleContext;
  readonly analysis: Analysis;
  readonly syntax: Syntax;
  boundary: Boundary;
  #inParameterList = false;
  readonly #objects = new Map<Scope, ScopeObject>();
  readonly #scratch = new WeakMap<string[], string>();
  readonly places = new Map<PrivateName, PrivatePlace>();
  /** What stands where a hoisted function declaration stood. */
  readonly remains = new Map<t.Node, t.Statement[]>();
  /** Module-level values that only native captures reach. */
  readonly imageValues: t.Expression[] = [];

  constructor(context: ModuleContext, analysis: Analysis, syntax: Syntax) {
    this.context = context;
    this.analysis = analysis;
    this.syntax = syntax;
    this.boundary = newBoundary(undefined, { strict: context.strict, moduleLevel: true });
  }

  /** Runs inside a new boundary; gives its result and the boundary. Scope objects from outside are left in `uses`. */
  inside<T>(options: BoundaryOptions, run: () => T): { result: T; boundary: Boundary } {
    const boundary = newBoundary(this.boundary, options);
    this.boundary = boundary;
    const result = run();
    this.boundary = boundary.parent!;
    for (const object of boundary.uses) if (object.owner === boundary) boundary.uses.delete(object);
    return { result, boundary };
  }

  /** The async function or generator whose body this is. */
  get suspending(): FunctionNode | undefined {
    const { fn } = this.boundary;
    return fn && (fn.async || fn.generator) ? fn : undefined;
  }

  /** Scope objects that a closed boundary needs from outside, outermost first. */
  needs(boundary: Boundary): ScopeObject[] {
    return [...boundary.uses].sort((a, b) => a.order - b.order);
  }

  /** The surroundings mention what a boundary that stays in place mentions. */
  passOn(boundary: Boundary): void {
    for (const object of boundary.uses) this.boundary.uses.add(object);
  }

  /** Opens the scope object of a scope in the current boundary; undefined when nothing of it is captured. */
  open(scope: Scope): ScopeObject | undefined {
    const bindings = [...scope.bindings.values()].filter((binding) => binding.captured);
    if (bindings.length === 0) return undefined;
    const object = this.#newObject(
      bindings.map((binding) => binding.name),
      scope.once,
      scope.order,
    );
    this.#objects.set(scope, object);
    return object;
  }

  /** A scope object with these fields, owned by the current boundary. */
  #newObject(fields: readonly string[], once: boolean, order: number): ScopeObject {
    const { layout, className } = layoutOf(this.context, fields);
    const variable = this.context.uniqueName("s");
    return { layout, className, variable, fields, order, owner: this.boundary, once };
  }

  objectOf(scope: Scope): ScopeObject | undefined {
    return this.#objects.get(scope);
  }

  /** The scope object's variable, noted as used here. */
  use(object: ScopeObject): t.Identifier {
    if (!object.once) this.boundary.uses.add(object);
    return id(object.variable);
  }

  useScope(scope: Scope): t.Identifier {
    const object = this.#objects.get(scope);
    if (!object) throw new Error(`no scope object is open for a ${scope.kind} scope`);
    return this.use(object);
  }

  isCaptured(binding: Binding | undefined): binding is Binding {
    return binding?.captured === true && this.#objects.has(binding.scope);
  }

  /** A temporary of the current boundary, declared at its top. */
  temporary(): t.Identifier {
    const name = this.context.uniqueName("t");
    this.boundary.temporaries.push(name);
    return id(name);
  }

  /** One for a moment only: between its being written and read nothing of the author's is evaluated here. */
  scratch(): t.Identifier {
    const { temporaries } = this.boundary;
    const known = this.#scratch.get(temporaries);
    if (known !== undefined) return id(known);
    const made = this.temporary();
    this.#scratch.set(temporaries, made.name);
    return made;
  }

  /** Declarations that the boundary's top needs for what was rewritten inside. */
  tops(boundary: Boundary): t.Statement[] {
    const tops: t.Statement[] = [...boundary.vars].map((name) => declare("var", name));
    if (boundary.temporaries.length > 0)
      tops.push(
        t.variableDeclaration(
          "let",
          boundary.temporaries.map((name) => t.variableDeclarator(id(name))),
        ),
      );
    return tops;
  }

  /**
   * An expression that cannot declare temporaries around itself (a parameter's default, a field's initialiser): when it
   * needs some, it is put into an arrow function that is called at once and never seen by anyone.
   */
  isolated(run: () => t.Expression): t.Expression {
    const outer = this.boundary.temporaries;
    this.boundary.temporaries = [];
    const made = run();
    const names = this.boundary.temporaries;
    this.boundary.temporaries = outer;
    if (names.length === 0) return made;
    const declaration = t.variableDeclaration(
      "let",
      names.map((name) => t.variableDeclarator(id(name))),
    );
    return t.callExpression(
      t.arrowFunctionExpression([], t.blockStatement([declaration, t.returnStatement(made)])),
      [],
    );
  }

  /** Runs while an instance's field is rewritten: at module level, too, its initialiser runs once for each instance. */
  perInstance<T>(run: () => T): T {
    const { boundary } = this;
    const { moduleLevel } = boundary;
    boundary.moduleLevel = false;
    const made = run();
    boundary.moduleLevel = moduleLevel;
    return made;
  }

  /** Runs while a parameter list is rewritten that stays a parameter list: its expressions see no temporaries. */
  inParameterList<T>(run: () => T): T {
    const outer = this.#inParameterList;
    this.#inParameterList = true;
    const made = run();
    this.#inParameterList = outer;
    return made;
  }

  /** An expression inside a pattern. */
  patternPart(run: () => t.Expression): t.Expression {
    return this.#inParameterList ? this.isolated(run) : run();
  }

  expression(node: t.Expression): t.Expression {
    return this.visit(node) as t.Expression;
  }

  /** Rewrites a node that stands for one node. */
  visit(node: t.Node): t.Node {
    const visitor = this.syntax.visitors[node.type];
    if (visitor) return visitor(this, node);
    this.children(node);
    return node;
  }

  children(node: t.Node): void {
    const record = node as unknown as Record<string, unknown>;
    for (const key of visitorKeys(node)) {
      const value = record[key];
      if (Array.isArray(value)) record[key] = value.map((item) => (item ? this.#child(item as t.Node) : item));
      else if (value) record[key] = this.#child(value as t.Node);
    }
  }

  #child(node: t.Node): t.Node {
    return t.isStatement(node) ? this.single(node) : this.visit(node);
  }

  /** Rewrites a statement; it may become several, or none. */
  statement(node: t.Statement): t.Statement[] {
    const remains = this.remains.get(node);
    if (remains) return remains;
    const made = this.visit(node);
    if (made.type === "Program") return (made as t.Program).body as t.Statement[];
    return [made as t.Statement];
  }

  /** Rewrites a statement where the grammar wants exactly one. */
  single(node: t.Statement): t.Statement {
    const made = this.statement(node);
    return made.length === 1 ? made[0]! : t.inherits(t.blockStatement(made), node);
  }
}

/** Several statements where a visitor gives one node. */
export function statements(list: t.Statement[]): t.Node {
  return list.length === 1 ? list[0]! : t.program(list);
}
