/**
 * Scope analysis of one module: one walk over the tree that makes frames, scopes and bindings and says what every
 * identifier, `this`, `arguments`, `new.target`, `super` and private name refers to.
 *
 * Names directly in the Program are native everywhere (the modules phase saw to those that change), so they get bindings
 * only to shadow, and are never captured. Boundary: reads the tree; its one change is to put a block around a function
 * declaration that is the body of an `if`.
 *
 * The visitors share one moving position (scope, frame, order), which is why this file is above the usual length.
 */
import { types as t } from "@babel/core";
import type { ModuleContext } from "../../phase.ts";
import { type FunctionNode, hasUseStrict, makesFunctions, unparenthesised, visitorKeys } from "../syntax.ts";
import { argumentsMayAlias } from "./arguments.ts";
import { boundNames, lexicalDeclarations, varDeclarations } from "./declarations.ts";
import type { Analysis, Binding, BindingKind, ClassScope, Frame, Reference, Scope, ScopeKind } from "./model.ts";
import { findOpaque } from "./opaque.ts";

/** Analyses a module. Throws CompileError for what cannot be converted in first-party code. */
export function analyse(program: t.Program, context: ModuleContext): Analysis {
  const opaque = findOpaque(program, context);
  for (;;) {
    const analyser = new Analyser(context, opaque);
    analyser.program(program);
    const aliased = analyser.aliasedArguments();
    if (aliased.length === 0) return analyser.analysis;
    for (const frame of aliased) {
      context.leaveNative(
        "MappedArguments",
        frame.node,
        "a sloppy `arguments` object shares a parameter that an inner function uses; use rest parameters",
      );
      opaque.add(outermost(frame).node);
    }
  }
}

function outermost(frame: Frame): Frame {
  let found = frame;
  while (found.parent && found.parent.kind !== "program") found = found.parent;
  // A member cannot stay native without its class.
  return found.memberOf ? { ...found, node: found.memberOf.node } : found;
}

type MemberOptions = Partial<Pick<Frame, "memberOf" | "literal" | "detached" | "isStatic">> & { kind?: Frame["kind"] };

class Analyser {
  readonly #context: ModuleContext;
  readonly #opaque: ReadonlySet<t.Node>;
  readonly analysis: Analysis;
  #frame!: Frame;
  #scope!: Scope;
  #order = 1;
  /** Where function declarations of the current statement list are hoisted to. */
  #hoistOrder = 1;
  /** At module level, outside any block or loop. */
  #straight = true;
  #inParameters = false;
  /** The classes in whose heritage or computed key the walk is. */
  readonly #heads = new Set<Scope>();
  /** Bindings of one pattern are captured together. */
  readonly #groups: Binding[][] = [];
  readonly #frames: Frame[] = [];

  constructor(context: ModuleContext, opaque: ReadonlySet<t.Node>) {
    this.#context = context;
    this.#opaque = opaque;
    this.analysis = {
      scopes: new Map(),
      innerScopes: new Map(),
      frames: new Map(),
      declared: new Map(),
      references: new Map(),
      privates: new Map(),
      receivers: new Map(),
      undefinedTargets: new Set(),
      constructors: new Map(),
      blockFunctionVars: new Map(),
      opaque,
    };
  }

  program(program: t.Program): void {
    const frame = this.#newFrame(program, "program", this.#context.strict, {});
    this.#frame = frame;
    this.#scope = this.#newScope("program", program);
    frame.top = this.#scope;
    this.#declareBody(program.body, frame.strict, new Set());
    this.#statements(program.body);
    for (const group of this.#groups)
      if (group.some((binding) => binding.captured)) for (const binding of group) binding.captured = true;
  }

  /** Frames whose `arguments` object would lose a mapping that somebody could see. */
  aliasedArguments(): Frame[] {
    return this.#frames.filter((frame) => {
      if (frame.strict || (frame.kind !== "function" && frame.kind !== "method")) return false;
      const fn = frame.node as FunctionNode;
      if (!frame.top.bindings.has("arguments") || frame.top.bindings.get("arguments")!.kind !== "special") return false;
      if (!fn.params.every((parameter) => parameter.type === "Identifier")) return false;
      const captured = [...frame.top.bindings.values()].filter((b) => b.kind === "parameter" && b.captured);
      if (captured.length === 0) return false;
      return argumentsMayAlias(
        fn,
        captured.some((binding) => binding.assigned),
      );
    });
  }

  // Frames, scopes, bindings

  #newFrame(node: t.Node, kind: Frame["kind"], strict: boolean, options: MemberOptions & { hoisted?: boolean }): Frame {
    const fn = node as Partial<FunctionNode>;
    const lifted = kind !== "program" && (fn.async === true || fn.generator === true);
    const frame: Frame = {
      kind: options.kind ?? kind,
      node,
      parent: this.#frame,
      strict,
      lifted,
      memberOf: options.memberOf,
      literal: options.literal,
      detached: (options.detached ?? false) || lifted,
      isStatic: options.isStatic ?? false,
      order: options.hoisted ? this.#hoistOrder : this.#order,
      top: undefined as unknown as Scope,
    };
    this.#frames.push(frame);
    this.analysis.frames.set(node, frame);
    return frame;
  }

  #newScope(kind: ScopeKind, node: t.Node, inner = false): Scope {
    const scope: Scope = {
      kind,
      node,
      parent: this.#scope,
      frame: this.#frame,
      bindings: new Map(),
      order: this.#order,
      once: this.#frame.kind === "program" && this.#straight,
    };
    (inner ? this.analysis.innerScopes : this.analysis.scopes).set(node, scope);
    return scope;
  }

  #declare(scope: Scope, name: string, kind: BindingKind): Binding {
    const present = scope.bindings.get(name);
    if (present) return present;
    const initialised = kind === "let" || kind === "const" || kind === "using" || kind === "class";
    const binding: Binding = {
      name,
      kind,
      scope,
      captured: false,
      assigned: false,
      initialisedAt: initialised ? Number.POSITIVE_INFINITY : 0,
    };
    scope.bindings.set(name, binding);
    return binding;
  }

  #declareLexical(scope: Scope, statements: readonly t.Statement[], isTop: boolean): void {
    for (const { name, kind } of lexicalDeclarations(statements, isTop)) this.#declare(scope, name, kind);
  }

  /** Declares what a function body, static block or program holds, in the current scope. */
  #declareBody(statements: readonly t.Statement[], strict: boolean, parameters: ReadonlySet<string>): void {
    const scope = this.#scope;
    const { vars, functions, blockFunctions } = varDeclarations(statements);
    const ownArguments = scope.frame.kind !== "arrow" && scope.frame.kind !== "program";
    for (const name of functions) {
      const parameter = scope.bindings.get(name);
      if (!parameter) this.#declare(scope, name, "function");
    }
    for (const name of vars) if (name !== "arguments" || !ownArguments) this.#declare(scope, name, "var");
    if (!strict)
      for (const { node, shadowed } of blockFunctions) {
        const name = node.id!.name;
        if (shadowed.has(name) || parameters.has(name)) continue;
        this.analysis.blockFunctionVars.set(node, this.#declare(scope, name, "var"));
      }
    this.#declareLexical(scope, statements, true);
  }

  #within<T>(scope: Scope, run: () => T): T {
    const outer = this.#scope;
    this.#scope = scope;
    try {
      return run();
    } finally {
      this.#scope = outer;
    }
  }

  /** Runs with `straight` off: what is inside may be evaluated more than once, or has block scopes around it. */
  #bent(run: () => void): void {
    const outer = this.#straight;
    this.#straight = false;
    run();
    this.#straight = outer;
  }

  // References

  #lookup(name: string): Binding | undefined {
    for (let scope: Scope | undefined = this.#scope; scope; scope = scope.parent) {
      const binding = scope.bindings.get(name);
      // Parameter expressions do not see the body's variables, though both may share one scope.
      if (binding && !(this.#inParameters && scope === this.#frame.top && !isParameterName(binding))) return binding;
      const frame: Frame = scope.frame;
      if (name === "arguments" && frame.top === scope && hasArguments(frame)) return this.#special(scope, "arguments");
    }
    return undefined;
  }

  #special(scope: Scope, name: string): Binding {
    return this.#declare(scope, name, "special");
  }

  #refer(node: t.Node, binding: Binding): void {
    if (binding.scope.kind === "program") return;
    const frame = this.#frame;
    const native = this.#inParameters && binding.scope === frame.top && binding.scope.kind === "function";
    const early = this.#heads.has(binding.scope);
    const reference: Reference = { binding, frame, order: this.#order++, native, early };
    this.analysis.references.set(node, reference);
    if (frame !== binding.scope.frame && !this.#seesNatively(binding)) binding.captured = true;
    if (early && frame === binding.scope.frame) binding.captured = true;
  }

  /** Names that the language binds inside of a function or class body, when that body stays where its name is. */
  #seesNatively(binding: Binding): boolean {
    const frame = this.#frame;
    if (binding.kind === "className") return frame.memberOf === binding.scope && !frame.detached;
    if (binding.kind === "functionName") return isOwnName(frame, binding) && !frame.lifted;
    return false;
  }

  #identifier(node: t.Identifier): void {
    const binding = this.#lookup(node.name);
    if (binding) this.#refer(node, binding);
  }

  #thisFrame(): Frame {
    let frame = this.#frame;
    while (frame.kind === "arrow" && frame.parent) frame = frame.parent;
    return frame;
  }

  /** The binding that `this` has to be read from here; undefined: native `this`. */
  #thisBinding(): Binding | undefined {
    const frame = this.#thisFrame();
    if (frame.kind === "program") return undefined;
    if (frame.kind === "static") {
      if (frame === this.#frame && !frame.detached) return undefined;
      return this.#special(frame.memberOf!, "class");
    }
    if (frame === this.#frame) return undefined;
    const binding = this.#special(frame.top, "this");
    if (frame.kind === "constructor" && frame.memberOf!.derived) binding.initialisedAt = Number.POSITIVE_INFINITY;
    return binding;
  }

  #this(node: t.Node): void {
    const binding = this.#thisBinding();
    if (!binding) return;
    this.#refer(node, binding);
    binding.captured = true;
  }

  #newTarget(node: t.Node): void {
    const frame = this.#thisFrame();
    if (frame.kind === "program") return;
    if (frame.kind === "field" || frame.kind === "static") this.analysis.undefinedTargets.add(node);
    else if (frame !== this.#frame) this.#refer(node, this.#special(frame.top, "new.target"));
  }

  #super(node: t.Super, isCall: boolean): void {
    const frame = this.#thisFrame();
    if (isCall) {
      if (frame === this.#frame) {
        this.analysis.constructors.set(node, frame);
        return;
      }
      this.#refer(node, this.#special(frame.top, "super()"));
      this.#special(frame.top, "this").captured = true;
      frame.top.bindings.get("this")!.initialisedAt = Number.POSITIVE_INFINITY;
      return;
    }
    const direct = frame === this.#frame && !frame.detached;
    let home: Binding | undefined;
    if (frame.memberOf) {
      if (direct) return;
      home = this.#special(frame.memberOf, "class");
      home.captured = true;
    } else if (frame.literal) {
      home = this.#special(frame.literal, "super");
      if (!direct || !frame.literal.once) home.captured = true;
    }
    if (!home) return;
    const wasCaptured = home.captured;
    this.#refer(node, home);
    home.captured = wasCaptured;
    const receiver = this.#thisBinding();
    if (!receiver) return;
    receiver.captured = true;
    const reference: Reference = {
      binding: receiver,
      frame: this.#frame,
      order: this.#order,
      native: false,
      early: false,
    };
    this.analysis.receivers.set(node, reference);
  }

  #private(node: t.PrivateName): void {
    for (let scope: Scope | undefined = this.#scope; scope; scope = scope.parent) {
      const name = scope.kind === "class" ? (scope as ClassScope).privates.get(node.id.name) : undefined;
      if (name) {
        this.analysis.privates.set(node, name);
        return;
      }
    }
  }

  // Walking

  #children(node: t.Node): void {
    for (const key of visitorKeys(node)) this.#visitAny((node as unknown as Record<string, unknown>)[key]);
  }

  #visitAny(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.#visitAny(item);
    else if (value) this.#visit(value as t.Node);
  }

  #statements(statements: readonly t.Statement[]): void {
    const outer = this.#hoistOrder;
    this.#hoistOrder = this.#order++;
    for (const statement of statements) this.#visit(statement);
    this.#hoistOrder = outer;
  }

  #visit(node: t.Node): void {
    if (this.#opaque.has(node)) return;
    switch (node.type) {
      case "Identifier":
        return this.#identifier(node);
      case "ThisExpression":
        return this.#this(node);
      case "MetaProperty":
        if (node.meta.name === "new") this.#newTarget(node);
        return;
      case "PrivateName":
        return this.#private(node);
      case "MemberExpression":
      case "OptionalMemberExpression":
        if (node.object.type === "Super") this.#super(node.object, false);
        else this.#visit(node.object);
        if (node.computed || node.property.type === "PrivateName") this.#visit(node.property);
        return;
      case "CallExpression":
        if (node.callee.type === "Super") this.#super(node.callee, true);
        else this.#visit(node.callee);
        return this.#visitAny(node.arguments);
      case "ObjectExpression":
        return this.#objectExpression(node);
      case "ObjectProperty":
        if (node.computed) this.#visit(node.key);
        return this.#visit(node.value);
      case "FunctionDeclaration":
        return this.#functionDeclaration(node);
      case "FunctionExpression":
        return this.#functionExpression(node);
      case "ArrowFunctionExpression":
        return this.#function(node, "arrow", {});
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#class(node);
      case "VariableDeclaration":
        return this.#variables(node);
      case "AssignmentExpression":
        this.#target(node.left);
        return this.#visit(node.right);
      case "UpdateExpression":
        return this.#target(node.argument);
      case "BlockStatement":
        return this.#bent(() => this.#block(node));
      case "ForStatement":
        return this.#bent(() => this.#for(node));
      case "ForInStatement":
      case "ForOfStatement":
        return this.#bent(() => this.#forEach(node));
      case "WhileStatement":
      case "DoWhileStatement":
        return this.#bent(() => this.#children(node));
      case "SwitchStatement":
        return this.#bent(() => this.#switch(node));
      case "CatchClause":
        return this.#bent(() => this.#catch(node));
      case "LabeledStatement":
        return this.#visit(node.body);
      case "BreakStatement":
      case "ContinueStatement":
        return;
      case "IfStatement":
        if (node.consequent.type === "FunctionDeclaration") node.consequent = blockOf(node.consequent);
        if (node.alternate?.type === "FunctionDeclaration") node.alternate = blockOf(node.alternate);
        return this.#children(node);
      default:
        return this.#children(node);
    }
  }

  /** An assignment target: its names count as assigned. */
  #target(node: t.Node): void {
    for (const name of assignedNames(node)) {
      const binding = this.#lookup(name);
      if (binding) binding.assigned = true;
    }
    this.#visit(node);
  }

  #variables(node: t.VariableDeclaration): void {
    for (const declarator of node.declarations) {
      const bindings = this.#declared(declarator.id);
      if (node.kind === "var" && declarator.init) for (const binding of bindings) binding.assigned = true;
      // A closure that is itself the initial value cannot run before the declaration is over.
      if (declarator.init && isPlainClosure(declarator.init)) this.#initialise(bindings);
      if (declarator.init) this.#visit(declarator.init);
      this.#visit(declarator.id);
      this.#initialise(bindings);
    }
  }

  #initialise(bindings: readonly Binding[]): void {
    this.#order++;
    for (const binding of bindings)
      if (binding.initialisedAt === Number.POSITIVE_INFINITY) binding.initialisedAt = this.#order;
  }

  /** The bindings of a declaration's pattern, noted as one group when it is a pattern. */
  #declared(pattern: t.Node): Binding[] {
    const bindings = boundNames(pattern).flatMap((name) => this.#lookup(name) ?? []);
    if (pattern.type !== "Identifier") this.#groups.push(bindings.filter((b) => b.scope.kind !== "program"));
    return bindings.filter((binding) => binding.scope.kind !== "program");
  }

  #block(node: t.BlockStatement): void {
    const scope = this.#newScope("block", node);
    this.#within(scope, () => {
      this.#declareLexical(scope, node.body, false);
      this.#statements(node.body);
    });
  }

  #for(node: t.ForStatement): void {
    const scope = this.#newScope("loop", node);
    this.#within(scope, () => {
      if (node.init?.type === "VariableDeclaration" && node.init.kind !== "var")
        for (const declarator of node.init.declarations)
          for (const name of boundNames(declarator.id)) this.#declare(scope, name, lexicalKind(node.init));
      this.#children(node);
    });
  }

  #forEach(node: t.ForInStatement | t.ForOfStatement): void {
    const { left } = node;
    if (left.type !== "VariableDeclaration") {
      this.#visit(node.right);
      this.#target(left);
      return this.#visit(node.body);
    }
    const names = boundNames(left.declarations[0]!.id);
    if (left.kind === "var") {
      this.#visit(left);
      this.#visit(node.right);
      for (const name of names) {
        const binding = this.#lookup(name);
        if (binding) binding.assigned = true;
      }
      return this.#visit(node.body);
    }
    const head = this.#newScope("loopHead", node, true);
    for (const name of names) this.#declare(head, name, lexicalKind(left));
    this.#within(head, () => this.#visit(node.right));
    const scope = this.#newScope("loop", node);
    for (const name of names) this.#declare(scope, name, lexicalKind(left));
    this.#within(scope, () => {
      const bindings = this.#declared(left.declarations[0]!.id);
      this.#visit(left.declarations[0]!.id);
      this.#initialise(bindings);
      this.#visit(node.body);
    });
  }

  #switch(node: t.SwitchStatement): void {
    this.#visit(node.discriminant);
    const scope = this.#newScope("switch", node);
    this.#within(scope, () => {
      const statements = node.cases.flatMap((clause) => clause.consequent);
      this.#declareLexical(scope, statements, false);
      const outer = this.#hoistOrder;
      this.#hoistOrder = this.#order++;
      for (const clause of node.cases) this.#children(clause);
      this.#hoistOrder = outer;
    });
  }

  #catch(node: t.CatchClause): void {
    const scope = this.#newScope("catch", node);
    this.#within(scope, () => {
      if (node.param) {
        const simple = node.param.type === "Identifier";
        for (const name of boundNames(node.param)) this.#declare(scope, name, simple ? "catch" : "let");
        const bindings = this.#declared(node.param);
        this.#visit(node.param);
        this.#initialise(bindings);
      }
      this.#visit(node.body);
    });
  }

  // Functions

  #functionDeclaration(node: t.FunctionDeclaration): void {
    const own = this.#scope.bindings.get(node.id!.name);
    if (own) this.analysis.declared.set(node, own);
    if (this.analysis.blockFunctionVars.has(node) && own) own.captured = true;
    this.#function(node, "function", { hoisted: true });
  }

  #functionExpression(node: t.FunctionExpression): void {
    if (!node.id) return this.#function(node, "function", {});
    const scope = this.#newScope("functionName", node.id);
    this.#declare(scope, node.id.name, "functionName");
    this.#within(scope, () => this.#function(node, "function", {}));
  }

  #function(node: FunctionNode, kind: Frame["kind"], options: MemberOptions & { hoisted?: boolean }): void {
    const strict = this.#frame.strict || options.memberOf !== undefined || hasUseStrict(node.body);
    const frame = this.#newFrame(node, kind, strict, options);
    const saved = [this.#frame, this.#scope, this.#straight, this.#inParameters] as const;
    const separate = node.params.some(makesFunctions);
    this.#frame = frame;
    this.#straight = false;
    const top = this.#newScope(separate ? "parameters" : "function", node);
    frame.top = top;
    this.#scope = top;
    const names = new Set(node.params.flatMap((parameter) => boundNames(parameter)));
    for (const name of names) {
      const binding = this.#declare(top, name, "parameter");
      if (separate) {
        binding.captured = true;
        binding.initialisedAt = Number.POSITIVE_INFINITY;
      }
    }
    this.#inParameters = !separate;
    if (!separate && node.body.type === "BlockStatement") {
      // Declared first, so that parameter names win over the body's; hidden from the parameters by `inParameters`.
      this.#declareBody(node.body.body, strict, names);
    }
    for (const parameter of node.params) {
      this.#visit(parameter);
      if (separate) this.#initialise(boundNames(parameter).map((name) => top.bindings.get(name)!));
    }
    this.#inParameters = false;
    if (separate && node.body.type === "BlockStatement") {
      this.#scope = this.#newScope("function", node, true);
      this.#declareBody(node.body.body, strict, new Set());
    }
    if (node.body.type === "BlockStatement") this.#statements(node.body.body);
    else this.#visit(node.body);
    [this.#frame, this.#scope, this.#straight, this.#inParameters] = saved;
  }

  #objectExpression(node: t.ObjectExpression): void {
    const literal = this.#newScope("literal", node);
    for (const property of node.properties) {
      if (property.type !== "ObjectMethod") {
        this.#visit(property);
        continue;
      }
      if (property.computed) this.#visit(property.key);
      this.#within(literal, () => this.#function(property, "method", { literal }));
    }
  }

  // Classes

  #class(node: t.ClassDeclaration | t.ClassExpression): void {
    if (node.decorators?.length) this.#context.error("Decorators", node, "decorators must be lowered before closures");
    const moduleLevel = this.#frame.kind === "program" && this.#straight;
    const scope: ClassScope = Object.assign(this.#newScope("class", node), {
      kind: "class" as const,
      privates: new Map(),
      moduleLevel,
      derived: Boolean(node.superClass),
    });
    if (node.id && !(moduleLevel && node.type === "ClassDeclaration" && !runsAtDefinition(node)))
      this.#declare(scope, node.id.name, "className");
    for (const member of node.body.body) this.#declarePrivate(scope, member);
    this.#within(scope, () => {
      const saved = this.#frame.strict;
      (this.#frame as { strict: boolean }).strict = true;
      this.#heads.add(scope);
      if (node.superClass) this.#visit(node.superClass);
      this.#heads.delete(scope);
      for (const member of node.body.body) this.#member(scope, member);
      (this.#frame as { strict: boolean }).strict = saved;
    });
    if (node.type === "ClassDeclaration") {
      const outer = this.#scope.bindings.get(node.id!.name);
      if (outer) this.analysis.declared.set(node, outer);
      if (outer) this.#initialise([outer]);
    }
  }

  #declarePrivate(scope: ClassScope, member: t.ClassBody["body"][number]): void {
    if (member.type !== "ClassPrivateProperty" && member.type !== "ClassPrivateMethod") return;
    const name = member.key.id.name;
    const accessor = member.type === "ClassPrivateMethod" && (member.kind === "get" || member.kind === "set");
    const kind = member.type === "ClassPrivateProperty" ? "field" : accessor ? "accessor" : "method";
    let entry = scope.privates.get(name);
    if (!entry) {
      entry = { name, kind, isStatic: Boolean(member.static), scope, hasGetter: false, hasSetter: false };
      scope.privates.set(name, entry);
    }
    if (accessor && member.kind === "get") entry.hasGetter = true;
    if (accessor && member.kind === "set") entry.hasSetter = true;
  }

  #member(scope: ClassScope, member: t.ClassBody["body"][number]): void {
    if ("decorators" in member && member.decorators?.length)
      this.#context.error("Decorators", member, "decorators must be lowered before closures");
    if ("computed" in member && member.computed) {
      this.#heads.add(scope);
      this.#visit(member.key);
      this.#heads.delete(scope);
    }
    const isStatic = "static" in member && Boolean(member.static);
    switch (member.type) {
      case "ClassMethod":
        return this.#function(member, member.kind === "constructor" ? "constructor" : "method", {
          memberOf: scope,
          isStatic,
        });
      case "ClassPrivateMethod":
        return this.#function(member, "method", { memberOf: scope, isStatic, detached: true });
      case "ClassProperty":
      case "ClassPrivateProperty":
      case "StaticBlock":
        return this.#element(scope, member, isStatic || member.type === "StaticBlock");
      default:
        this.#context.error("ClassElement", member, `a class element of kind ${member.type} is not supported`);
    }
  }

  /** A field initialiser or static block: a frame of its own with the instance or class as `this`. */
  #element(
    scope: ClassScope,
    member: t.ClassProperty | t.ClassPrivateProperty | t.StaticBlock,
    isStatic: boolean,
  ): void {
    const kind = isStatic ? "static" : "field";
    const options = { memberOf: scope, isStatic, detached: isStatic && !scope.moduleLevel };
    const frame = this.#newFrame(member, kind, true, options);
    const saved = [this.#frame, this.#straight] as const;
    this.#frame = frame;
    this.#straight = false;
    const top = this.#newScope("function", member);
    frame.top = top;
    this.#within(top, () => {
      if (member.type === "StaticBlock") {
        this.#declareBody(member.body, true, new Set());
        this.#statements(member.body);
      } else if (member.value) this.#visit(member.value);
    });
    [this.#frame, this.#straight] = saved;
  }
}

const isParameterName = (binding: Binding): boolean => binding.kind === "parameter" || binding.kind === "special";

/** The frame is that of the function whose own name this is. */
export const isOwnName = (frame: Frame, binding: Binding): boolean =>
  frame.node.type === "FunctionExpression" && frame.node.id === binding.scope.node;

const hasArguments = (frame: Frame): boolean =>
  frame.kind === "function" || frame.kind === "method" || frame.kind === "constructor";

const isPlainClosure = (node: t.Node): boolean => {
  const inner = unparenthesised(node);
  return inner.type === "FunctionExpression" || inner.type === "ArrowFunctionExpression";
};

function lexicalKind(declaration: t.VariableDeclaration): "let" | "const" | "using" {
  return declaration.kind === "let" || declaration.kind === "const" ? declaration.kind : "using";
}

/** Code of the script's runs while the class is being defined, after its inner name is bound and before the outer. */
function runsAtDefinition(node: t.Class): boolean {
  return (
    (node.superClass && makesFunctions(node.superClass)) ||
    node.body.body.some(
      (member) =>
        member.type === "StaticBlock" ||
        ("static" in member &&
          member.static &&
          (member.type === "ClassProperty" || member.type === "ClassPrivateProperty")) ||
        ("computed" in member && member.computed && makesFunctions(member.key)),
    )
  );
}

function assignedNames(target: t.Node): string[] {
  return boundNames(target);
}

function blockOf(statement: t.FunctionDeclaration): t.BlockStatement {
  return t.inherits(t.blockStatement([statement]), statement);
}
