/**
 * The moving position of the analysis: the frame and scope that the walk is in, and what it has noted so far.
 *
 * Names directly in the Program are native everywhere (the modules phase saw to those that change), so they get bindings
 * only to shadow, and are never captured.
 */
import type { types as t } from "@babel/core";
import type { ModuleContext } from "../../phase.ts";
import { type FunctionNode, visitorKeys } from "../syntax.ts";
import { boundNames, lexicalDeclarations, varDeclarations } from "./declarations.ts";
import type { Analysis, Binding, BindingKind, Frame, Scope, ScopeKind } from "./model.ts";

export interface FrameOptions {
  readonly memberOf?: Frame["memberOf"];
  readonly literal?: Scope;
  readonly detached?: boolean;
  readonly isStatic?: boolean;
  /** A function declaration: it can run from the start of its block on. */
  readonly hoisted?: boolean;
}

/** What a node type has to say in scopes and references. */
export type Visitor = (w: Walk, node: t.Node) => void;
export type VisitorTable = { readonly [type: string]: Visitor | undefined };

export class Walk {
  readonly context: ModuleContext;
  readonly #visitors: VisitorTable;
  readonly analysis: Analysis;
  readonly frames: Frame[] = [];
  /** Bindings of one pattern are captured together. */
  readonly groups: Binding[][] = [];
  /** The classes in whose heritage or computed key the walk is. */
  readonly heads = new Set<Scope>();
  frame!: Frame;
  scope!: Scope;
  strict: boolean;
  order = 1;
  /** Where function declarations of the current statement list are hoisted to. */
  hoistOrder = 1;
  /** At module level, outside any block or loop. */
  straight = true;
  /** In a parameter list that shares its scope with the body. */
  inParameters = false;

  constructor(context: ModuleContext, visitors: VisitorTable) {
    this.context = context;
    this.#visitors = visitors;
    this.strict = context.strict;
    this.analysis = {
      scopes: new Map(),
      innerScopes: new Map(),
      frames: new Map(),
      declared: new Map(),
      references: new Map(),
      privates: new Map(),
      receivers: new Map(),
      constructors: new Map(),
      superCalls: new Map(),
      earlyThis: new Set(),
      undefinedTargets: new Set(),
      blockFunctionVars: new Map(),
    };
  }

  newFrame(node: t.Node, kind: Frame["kind"], options: FrameOptions): Frame {
    const fn = node as Partial<FunctionNode>;
    const lifted = kind !== "program" && (fn.async === true || fn.generator === true);
    const frame: Frame = {
      kind,
      node,
      parent: this.frame,
      strict: this.strict,
      lifted,
      memberOf: options.memberOf,
      literal: options.literal,
      detached: (options.detached ?? false) || lifted,
      isStatic: options.isStatic ?? false,
      order: options.hoisted ? this.hoistOrder : this.order,
      top: undefined as unknown as Scope,
    };
    this.frames.push(frame);
    this.analysis.frames.set(node, frame);
    return frame;
  }

  /** Runs with `frame` as the current one and a scope of its own for what it binds. */
  inFrame(frame: Frame, run: () => void): void {
    const { frame: outerFrame, scope, straight, inParameters, strict } = this;
    this.frame = frame;
    this.strict = frame.strict;
    this.straight = frame.kind === "program";
    this.inParameters = false;
    run();
    this.frame = outerFrame;
    this.scope = scope;
    this.straight = straight;
    this.inParameters = inParameters;
    this.strict = strict;
  }

  /** @param inner the node has another scope already: this one is kept in `innerScopes` */
  newScope(kind: ScopeKind, node: t.Node, inner = false): Scope {
    const scope: Scope = {
      kind,
      node,
      parent: this.scope,
      frame: this.frame,
      bindings: new Map(),
      order: this.order,
      once: this.frame.kind === "program" && this.straight,
    };
    (inner ? this.analysis.innerScopes : this.analysis.scopes).set(node, scope);
    return scope;
  }

  within(scope: Scope, run: () => void): void {
    const outer = this.scope;
    this.scope = scope;
    run();
    this.scope = outer;
  }

  /** Runs with `straight` off: what is inside may be evaluated more than once, or has block scopes around it. */
  bent(run: () => void): void {
    const outer = this.straight;
    this.straight = false;
    run();
    this.straight = outer;
  }

  declare(scope: Scope, name: string, kind: BindingKind): Binding {
    const present = scope.bindings.get(name);
    if (present) return present;
    const waits = kind === "let" || kind === "const" || kind === "class";
    const binding: Binding = {
      name,
      kind,
      scope,
      captured: false,
      assigned: false,
      initialisedAt: waits ? Number.POSITIVE_INFINITY : 0,
    };
    scope.bindings.set(name, binding);
    return binding;
  }

  special(scope: Scope, name: string): Binding {
    return this.declare(scope, name, "special");
  }

  declareLexical(scope: Scope, statements: readonly t.Statement[], isTop: boolean): void {
    for (const { name, kind } of lexicalDeclarations(statements, isTop)) this.declare(scope, name, kind);
  }

  /** Declares what a function body, static block or program holds, in the current scope. */
  declareBody(statements: readonly t.Statement[], parameters: ReadonlySet<string>): void {
    const { scope } = this;
    const { vars, functions, blockFunctions } = varDeclarations(statements);
    const hasOwnArguments = scope.frame.kind !== "arrow" && scope.frame.kind !== "program";
    for (const name of functions) this.declare(scope, name, "function");
    for (const name of vars) if (name !== "arguments" || !hasOwnArguments) this.declare(scope, name, "var");
    if (!this.strict)
      for (const { node, shadowed } of blockFunctions) {
        const { name } = node.id!;
        // Of global code: its declaration says so itself (script/globals.ts).
        if (node.extra?.kawaitGlobal) continue;
        if (shadowed.has(name) || parameters.has(name)) continue;
        this.analysis.blockFunctionVars.set(node, this.declare(scope, name, "var"));
      }
    this.declareLexical(scope, statements, true);
  }

  lookup(name: string): Binding | undefined {
    for (let scope: Scope | undefined = this.scope; scope; scope = scope.parent) {
      const binding = scope.bindings.get(name);
      // Parameter expressions do not see the body's variables, though both share one scope.
      const isHidden = this.inParameters && scope === this.frame.top && binding && !isParameter(binding);
      if (binding && !isHidden) return binding;
      const frame: Frame = scope.frame;
      if (name === "arguments" && frame.top === scope && hasArguments(frame)) return this.special(scope, name);
    }
    return undefined;
  }

  /** Notes that `node` means `binding`, and that the binding is captured when another frame says so. */
  refer(node: t.Node, binding: Binding): void {
    if (binding.scope.kind === "program") return;
    const { frame } = this;
    const native = this.inParameters && binding.scope === frame.top;
    const early = this.heads.has(binding.scope);
    this.analysis.references.set(node, { binding, frame, order: this.order++, native, early });
    // The names of a loop's head may be gone from the head by then.
    const isMoved = early || binding.scope.kind === "loopHead";
    if (binding.scope.frame === frame ? isMoved : !isSeenNatively(frame, binding)) binding.captured = true;
  }

  /** The bindings of a declaration's pattern; of a real pattern, they are captured together. */
  declared(pattern: t.Node): Binding[] {
    const bindings = boundNames(pattern)
      .flatMap((name) => this.lookup(name) ?? [])
      .filter((binding) => binding.scope.kind !== "program");
    if (pattern.type !== "Identifier") this.groups.push(bindings);
    return bindings;
  }

  /** From here on the bindings are initialised. */
  initialise(bindings: readonly Binding[]): void {
    this.order++;
    for (const binding of bindings)
      if (binding.initialisedAt === Number.POSITIVE_INFINITY) binding.initialisedAt = this.order;
  }

  visit(node: t.Node): void {
    const visitor = this.#visitors[node.type];
    if (visitor) visitor(this, node);
    else this.children(node);
  }

  visitAll(nodes: readonly (t.Node | null)[]): void {
    for (const node of nodes) if (node) this.visit(node);
  }

  children(node: t.Node): void {
    for (const key of visitorKeys(node)) {
      const value = (node as unknown as Record<string, t.Node | (t.Node | null)[] | null | undefined>)[key];
      if (Array.isArray(value)) this.visitAll(value);
      else if (value) this.visit(value);
    }
  }

  /** A statement list: its function declarations are there from its start on. */
  statements(statements: readonly t.Statement[]): void {
    this.hoisting(() => this.visitAll(statements));
  }

  hoisting(run: () => void): void {
    const outer = this.hoistOrder;
    this.hoistOrder = this.order++;
    run();
    this.hoistOrder = outer;
  }
}

const isParameter = (binding: Binding): boolean => binding.kind === "parameter" || binding.kind === "special";

const hasArguments = (frame: Frame): boolean =>
  frame.kind === "function" || frame.kind === "method" || frame.kind === "constructor";

/** Names that the language binds inside a function or class body, when that body stays where its name is. */
export function isSeenNatively(frame: Frame, binding: Binding): boolean {
  if (binding.kind === "className") return frame.memberOf === binding.scope && !frame.detached;
  if (binding.kind === "functionName")
    return frame.node.type === "FunctionExpression" && frame.node.id === binding.scope.node && !frame.lifted;
  return false;
}
