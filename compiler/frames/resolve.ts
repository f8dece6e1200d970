/**
 * Finds out what every identifier of a suspending function stands for, and makes the function's locals fit to be
 * hoisted: each gets a name of its own, accesses that may come too early are checked, `this` and its kin become locals.
 *
 *   { let x = 1; await f(x); } { let x = 2; await f(x, this); }
 *   → x = 1; await f(x); x$1 = 2; await f(x$1, $this);
 *
 * The walk visits in source order. A local that no inner function captures (the closures phase has moved those into
 * scope objects) is initialised exactly when its declaration has been passed in that order, save between the cases of
 * a `switch`. One walk over all of the syntax, hence one file above 500 lines. Invariant: after this pass a name means one binding in the whole function (I3: slots never mix).
 */
import { types as t } from "@babel/core";
import type { ModuleContext } from "../phase.ts";
import { type Binding, patternNames, Scope } from "./bindings.ts";
import { declareLexical, declareVariables, declareVars } from "./declarations.ts";
import type { Names } from "./names.ts";
import { type Intrinsic, isSuperMember, SuperAccess } from "./super.ts";
import type { Suspensions } from "./suspends.ts";
import { isAnonymousFunction, memberOf, nameOf } from "./syntax.ts";

/** What the wrapper hands in beside the parameters. */

export class Resolver {
  readonly intrinsics = new Map<Intrinsic, t.Identifier[]>();
  /** Names that the function does not bind. */
  readonly free = new Map<string, t.Identifier[]>();
  /** Those among them that it writes. */
  readonly freeWrites = new Set<string>();
  readonly #context: ModuleContext;
  readonly #strict: boolean;
  readonly #suspensions: Suspensions;
  readonly #names: Names;
  readonly #scopes = new Map<t.Node, Scope>();
  readonly #all: Scope[] = [];
  /** Locals that the compiler made: their names are taken already. */
  readonly #made = new Set<Binding>();
  readonly #super: SuperAccess;
  #scope: Scope;
  /** Depth of inner functions that bind `this`. */
  #innerThis = 0;

  /** `strict`: the function's own code is. */
  constructor(context: ModuleContext, suspensions: Suspensions, names: Names, strict: boolean) {
    this.#context = context;
    this.#strict = strict;
    this.#suspensions = suspensions;
    this.#names = names;
    this.#scope = this.#open(undefined, true, false);
    this.#super = new SuperAccess({
      intrinsic: (which) => this.intrinsic(which),
      resolve: (node) => this.#visit(node) as t.Expression,
      local: () => this.#local(),
    });
  }

  /** The function's own scope: parameters, `var`, and the top level of its body. */
  get top(): Scope {
    return this.#all[0]!;
  }

  /** The scope that a node opens, if it opens one. */
  scopeOf(node: t.Node): Scope | undefined {
    return this.#scopes.get(node);
  }

  /** A parameter of the wrapper; `made`: its name was taken for it already. */
  parameter(name: string, made: boolean): void {
    const binding = this.top.declare(name, "parameter");
    if (made) this.#made.add(binding);
  }

  /** Resolves the body; parameters were declared in `top` before. `self`: the name of a function expression. */
  body(body: t.BlockStatement, self: string | undefined): void {
    this.#scopes.set(body, this.top);
    declareVars(this.top, body);
    declareLexical(this.top, body.body);
    if (self !== undefined && !this.top.bindings.has(self)) this.top.declare(self, "self");
    this.#children(body);
  }

  /** Gives each local its name in the step function. */
  rename(): Binding[] {
    const hoisted: Binding[] = [];
    for (const name of this.free.keys()) this.#names.take(name);
    for (const scope of this.#all) {
      if (scope.inner) continue;
      for (const binding of scope.bindings.values()) {
        if (!binding.hoisted) continue;
        const final = this.#made.has(binding) || this.#names.take(binding.name);
        binding.unique = final ? binding.name : this.#names.fresh(binding.name);
        for (const node of binding.nodes) node.name = binding.unique;
        if (binding.unique !== binding.name) for (const keepName of binding.named) keepName();
        hoisted.push(binding);
      }
    }
    return hoisted;
  }

  intrinsic(which: Intrinsic): t.Identifier {
    const node = t.identifier(`$${which}`);
    const nodes = this.intrinsics.get(which) ?? [];
    nodes.push(node);
    this.intrinsics.set(which, nodes);
    return node;
  }

  #open(parent: Scope | undefined, hoists: boolean, inner: boolean): Scope {
    const scope = new Scope(parent, hoists, inner);
    this.#all.push(scope);
    return scope;
  }

  /** Runs `body` inside the scope that `node` opens. */
  #within(node: t.Node, hoists: boolean, body: () => void): void {
    const outer = this.#scope;
    const inner = outer.inner;
    this.#scope = this.#open(outer, hoists && !inner, inner);
    this.#scopes.set(node, this.#scope);
    body();
    this.#scope = outer;
  }

  #children(node: t.Node): void {
    for (const key of t.VISITOR_KEYS[node.type] ?? []) this.#child(node, key);
  }

  #child(node: t.Node, key: string): void {
    const record = node as unknown as Record<string, t.Node | (t.Node | null)[] | null | undefined>;
    const value = record[key];
    if (Array.isArray(value)) {
      for (const [index, child] of value.entries()) if (child) value[index] = this.#visit(child);
    } else if (value) record[key] = this.#visit(value);
  }

  #visit(node: t.Node): t.Node {
    switch (node.type) {
      case "Identifier":
        return this.#read(node);
      case "ThisExpression":
        return this.#innerThis === 0 ? this.intrinsic("this") : node;
      case "MetaProperty":
        if (node.meta.name === "new" && this.#innerThis === 0) return t.unaryExpression("void", t.numericLiteral(0));
        return node;
      case "Super":
        if (this.#innerThis > 0) return node;
        return this.#context.error(
          "SuspensionNotCovered",
          node,
          "This use of `super` cannot be compiled in a suspending function.",
        );
      case "MemberExpression":
      case "OptionalMemberExpression":
        if (this.#isOwnSuper(node)) return this.#super.read(node);
        this.#child(node, "object");
        if (node.computed) this.#child(node, "property");
        return node;
      case "CallExpression":
        return this.#call(node);
      case "OptionalCallExpression":
        if (this.#isOwnSuper(node.callee)) {
          this.#context.error(
            "SuspensionNotCovered",
            node,
            "`super.m?.()` cannot be compiled in a suspending function.",
          );
        }
        this.#children(node);
        return node;
      case "ObjectProperty":
        node.shorthand = false;
        if (node.computed) this.#child(node, "key");
        this.#child(node, "value");
        return node;
      case "LabeledStatement":
        this.#child(node, "body");
        return node;
      case "BreakStatement":
      case "ContinueStatement":
        return node;
      case "VariableDeclaration":
        for (const declarator of node.declarations) this.#declarator(node, declarator);
        return node;
      case "AssignmentExpression":
        return this.#assignment(node);
      case "UpdateExpression":
        return this.#update(node);
      case "BlockStatement":
        this.#within(node, this.#suspensions.in(node), () => {
          declareLexical(this.#scope, node.body);
          this.#children(node);
        });
        return node;
      case "ForStatement":
        this.#within(node, this.#suspensions.in(node), () => {
          if (t.isVariableDeclaration(node.init)) declareVariables(this.#scope, node.init);
          this.#children(node);
        });
        return node;
      case "ForInStatement":
      case "ForOfStatement":
        this.#within(node, this.#suspensions.in(node), () => {
          if (t.isVariableDeclaration(node.left)) declareVariables(this.#scope, node.left);
          this.#child(node, "right");
          if (t.isVariableDeclaration(node.left)) this.#declaratorTarget(node.left, node.left.declarations[0]!);
          else node.left = this.#target(node.left) as t.LVal;
          this.#child(node, "body");
        });
        return node;
      case "SwitchStatement":
        this.#switch(node);
        return node;
      case "TryStatement":
        this.#try(node);
        return node;
      case "ClassExpression":
      case "ClassDeclaration":
        return this.#class(node);
      default:
        if (t.isFunction(node)) return this.#inner(node);
        this.#children(node);
        return node;
    }
  }

  #use(node: t.Identifier): Binding | undefined {
    const binding = this.#scope.find(node.name);
    if (binding) binding.nodes.push(node);
    else {
      const nodes = this.free.get(node.name) ?? [];
      nodes.push(node);
      this.free.set(node.name, nodes);
    }
    return binding;
  }

  #mayComeEarly(binding: Binding): boolean {
    if (!binding.hoisted) return false;
    if (binding.kind === "function" || binding.kind === "var") return false;
    return !binding.declared || binding.switchCase !== this.#scope.caseOf(binding);
  }

  /** The `arguments` of the function itself: a local of the frame's, which sloppy code may assign. */
  #isOwnArguments(node: t.Identifier): boolean {
    return node.name === "arguments" && this.#innerThis === 0 && !this.#scope.find("arguments");
  }

  #read(node: t.Identifier): t.Expression {
    if (this.#isOwnArguments(node)) return this.intrinsic("arguments");
    if (node.name === "undefined" && !this.#scope.find("undefined")) return node;
    const binding = this.#use(node);
    return binding && this.#mayComeEarly(binding) ? this.#checkedRead(binding, node) : node;
  }

  /** `x === $k.TDZ ? $k.tdz("x") : x` */
  #checkedRead(binding: Binding, node: t.Identifier): t.Expression {
    return t.conditionalExpression(this.#isEarly(binding), this.#tdz(binding), node);
  }

  #isEarly(binding: Binding): t.Expression {
    binding.checked = true;
    const node = t.identifier(binding.name);
    binding.nodes.push(node);
    return t.binaryExpression("===", node, memberOf("$k", "TDZ"));
  }

  #tdz(binding: Binding): t.Expression {
    return t.callExpression(memberOf("$k", "tdz"), [t.stringLiteral(binding.name)]);
  }

  #check(binding: Binding): t.Expression {
    return t.logicalExpression("&&", this.#isEarly(binding), this.#tdz(binding));
  }

  #constAssign(binding: Binding): t.Expression {
    return t.callExpression(memberOf("$k", "constAssign"), [t.stringLiteral(binding.name)]);
  }

  #isConstant(binding: Binding): boolean {
    return binding.hoisted && (binding.kind === "const" || binding.kind === "self");
  }

  #assignment(node: t.AssignmentExpression): t.Expression {
    if (this.#isOwnSuper(node.left)) return this.#super.assign(node);
    if (!t.isIdentifier(node.left)) {
      node.left = this.#target(node.left) as t.LVal;
      this.#child(node, "right");
      return node;
    }
    if (this.#isOwnArguments(node.left)) {
      node.left = this.intrinsic("arguments");
      this.#child(node, "right");
      return node;
    }
    this.#named(node.left, node, "right");
    const binding = this.#use(node.left);
    const early = binding !== undefined && this.#mayComeEarly(binding);
    this.#child(node, "right");
    if (!binding) this.freeWrites.add(node.left.name);
    if (!binding) return node;
    if (!this.#isConstant(binding)) {
      binding.reassigned = true;
      if (!early) return node;
      if (node.operator !== "=") return t.sequenceExpression([this.#check(binding), node]);
      const value = t.arrayExpression([node.right, this.#check(binding)]);
      node.right = t.memberExpression(value, t.numericLiteral(0), true);
      return node;
    }
    // The right side is evaluated, then the write throws; a self name of sloppy code swallows it.
    const read = early ? this.#checkedRead(binding, node.left) : node.left;
    if (binding.kind === "self" && !this.#strict) return node.operator === "=" ? node.right : read;
    const fail = this.#constAssign(binding);
    if (node.operator === "=")
      return t.sequenceExpression(early ? [node.right, this.#check(binding), fail] : [node.right, fail]);
    if (node.operator === "&&=" || node.operator === "||=" || node.operator === "??=") {
      return t.logicalExpression(node.operator.slice(0, -1) as "&&", read, t.sequenceExpression([node.right, fail]));
    }
    return t.sequenceExpression([t.binaryExpression(node.operator.slice(0, -1) as "+", read, node.right), fail]);
  }

  #update(node: t.UpdateExpression): t.Expression {
    if (!t.isIdentifier(node.argument)) {
      if (this.#isOwnSuper(node.argument)) return this.#super.update(node);
      this.#child(node, "argument");
      return node;
    }
    if (this.#isOwnArguments(node.argument)) {
      node.argument = this.intrinsic("arguments");
      return node;
    }
    const binding = this.#use(node.argument);
    if (!binding) this.freeWrites.add(node.argument.name);
    if (!binding) return node;
    const early = this.#mayComeEarly(binding);
    if (this.#isConstant(binding)) {
      const read = early ? this.#checkedRead(binding, node.argument) : node.argument;
      if (binding.kind === "self" && !this.#strict) {
        const copy = t.memberExpression(t.arrayExpression([read]), t.numericLiteral(0), true);
        return t.updateExpression(node.operator, copy, node.prefix);
      }
      return t.sequenceExpression([t.unaryExpression("-", read), this.#constAssign(binding)]);
    }
    binding.reassigned = true;
    return early ? t.sequenceExpression([this.#check(binding), node]) : node;
  }

  /** A target of an assignment pattern. */
  #target(node: t.Node): t.Node {
    switch (node.type) {
      case "Identifier": {
        if (this.#isOwnArguments(node)) return this.intrinsic("arguments");
        const binding = this.#use(node);
        if (!binding) this.freeWrites.add(node.name);
        if (!binding) return node;
        const early = this.#mayComeEarly(binding);
        if (!this.#isConstant(binding)) {
          binding.reassigned = true;
          if (!early) return node;
        }
        return this.#failingTarget(binding, node, early);
      }
      case "AssignmentPattern":
        this.#named(node.left, node, "right");
        node.left = this.#target(node.left) as t.Identifier;
        this.#child(node, "right");
        return node;
      case "RestElement":
        node.argument = this.#target(node.argument) as t.LVal;
        return node;
      case "ArrayPattern":
        node.elements = node.elements.map((element) => element && (this.#target(element) as t.LVal));
        return node;
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "RestElement") this.#target(property);
          else {
            property.shorthand = false;
            if (property.computed) this.#child(property, "key");
            property.value = this.#target(property.value) as t.LVal;
          }
        }
        return node;
      default:
        if (this.#isOwnSuper(node)) {
          this.#context.error(
            "SuspensionNotCovered",
            node,
            "`super` as a destructuring target cannot be compiled in a suspending function.",
          );
        }
        return this.#visit(node);
    }
  }

  /** `{ set v($) { check; x = $; } }.v`: a target whose write runs code. */
  #failingTarget(binding: Binding, node: t.Identifier, early: boolean): t.Expression {
    const value = t.identifier("$");
    const statements: t.Expression[] = early ? [this.#check(binding)] : [];
    statements.push(this.#isConstant(binding) ? this.#constAssign(binding) : t.assignmentExpression("=", node, value));
    const body = t.blockStatement(statements.map((expression) => t.expressionStatement(expression)));
    const setter = t.objectMethod("set", t.identifier("v"), [t.identifier("$")], body);
    return t.memberExpression(t.objectExpression([setter]), t.identifier("v"));
  }

  #declarator(declaration: t.VariableDeclaration, declarator: t.VariableDeclarator): void {
    if (declaration.kind === "using" || declaration.kind === "await using") {
      this.#context.error(
        "SuspensionNotCovered",
        declaration,
        "`using` declarations are not supported in functions that suspend: use try … finally.",
      );
    }
    this.#named(declarator.id, declarator, "init");
    this.#child(declarator, "init");
    this.#declaratorTarget(declaration, declarator);
  }

  /** An anonymous function takes the name that the source gives the local, whatever the local is called later. */
  #named(
    target: t.Node,
    holder: { init?: t.Expression | null } | { right: t.Expression },
    key: "init" | "right",
  ): void {
    const binding = t.isIdentifier(target) ? this.#scope.find(target.name) : undefined;
    const record = holder as Record<string, t.Node | null | undefined>;
    const value = record[key];
    if (!binding || !value || !isAnonymousFunction(value)) return;
    binding.named.push(() => {
      record[key] = nameOf(binding.name, value);
    });
  }

  #declaratorTarget(declaration: t.VariableDeclaration, declarator: t.VariableDeclarator): void {
    if (declaration.kind === "using" || declaration.kind === "await using") this.#declarator(declaration, declarator);
    declarator.id = this.#declared(declarator.id, declaration.kind === "var") as t.Identifier;
  }

  /** The names of a declaration's pattern, in the order in which they become initialised. */
  #declared(node: t.Node, isVar: boolean): t.Node {
    switch (node.type) {
      case "Identifier": {
        const binding = this.#use(node);
        if (binding) {
          binding.declared = true;
          if (isVar) binding.reassigned = true;
        }
        return node;
      }
      case "AssignmentPattern":
        this.#named(node.left, node, "right");
        this.#child(node, "right");
        node.left = this.#declared(node.left, isVar) as t.Identifier;
        return node;
      case "RestElement":
        node.argument = this.#declared(node.argument, isVar) as t.Identifier;
        return node;
      case "ArrayPattern":
        node.elements = node.elements.map((element) => element && (this.#declared(element, isVar) as t.LVal));
        return node;
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "RestElement") this.#declared(property, isVar);
          else {
            property.shorthand = false;
            if (property.computed) this.#child(property, "key");
            property.value = this.#declared(property.value, isVar) as t.LVal;
          }
        }
        return node;
      default:
        return node;
    }
  }

  #switch(node: t.SwitchStatement): void {
    this.#child(node, "discriminant");
    this.#within(node, this.#suspensions.in(node), () => {
      for (const branch of node.cases) declareLexical(this.#scope, branch.consequent, branch);
      for (const branch of node.cases) {
        this.#scope.switchCase = branch;
        this.#children(branch);
      }
    });
  }

  #try(node: t.TryStatement): void {
    node.block = this.#visit(node.block) as t.BlockStatement;
    const handler = node.handler;
    if (handler) {
      this.#within(handler, this.#suspensions.in(node), () => {
        if (handler.param) {
          const simple = t.isIdentifier(handler.param);
          for (const name of patternNames(handler.param)) this.#scope.declare(name, simple ? "catch" : "let");
          handler.param = this.#declared(handler.param, false) as t.Identifier;
        }
        handler.body = this.#visit(handler.body) as t.BlockStatement;
      });
    }
    if (node.finalizer) node.finalizer = this.#visit(node.finalizer) as t.BlockStatement;
  }

  #class(node: t.Class): t.Node {
    if (t.isClassDeclaration(node) && node.id) this.#declared(node.id, false);
    const outer = this.#scope;
    this.#scope = this.#open(outer, false, true);
    if (node.id) {
      const inner = this.#scope.declare(node.id.name, "class");
      inner.declared = true;
    }
    this.#child(node, "superClass");
    for (const member of node.body.body) {
      if ("computed" in member && member.computed) this.#child(member, "key");
    }
    for (const member of node.body.body) {
      if (t.isFunction(member)) this.#inner(member);
      else {
        this.#innerThis++;
        if ("value" in member && member.value) this.#child(member, "value");
        else if (t.isStaticBlock(member)) this.#children(t.blockStatement(member.body));
        this.#innerThis--;
      }
    }
    this.#scope = outer;
    return node;
  }

  /** A function inside: the closures phase leaves only those that capture nothing; its names are its own. */
  #inner(node: t.Function): t.Node {
    if (t.isObjectMethod(node) && node.computed) this.#child(node, "key");
    const outer = this.#scope;
    const bindsThis = !t.isArrowFunctionExpression(node);
    if (t.isFunctionDeclaration(node) && node.id && !outer.inner) this.#declared(node.id, false);
    this.#scope = this.#open(outer, false, true);
    if (bindsThis) {
      this.#innerThis++;
      this.#scope.declare("arguments", "var");
    }
    if (t.isFunctionExpression(node) && node.id) this.#scope.declare(node.id.name, "function");
    for (const parameter of node.params)
      for (const name of patternNames(parameter)) this.#scope.declare(name, "parameter");
    declareVars(this.#scope, node.body);
    for (const parameter of node.params) this.#declared(parameter, false);
    if (t.isBlockStatement(node.body)) {
      declareLexical(this.#scope, node.body.body);
      this.#children(node.body);
    } else node.body = this.#visit(node.body) as t.Expression;
    if (bindsThis) this.#innerThis--;
    this.#scope = outer;
    return node;
  }

  #call(node: t.CallExpression): t.Expression {
    const callee = node.callee;
    if (this.#isOwnSuper(callee)) return this.#super.call(callee, node.arguments);
    this.#children(node);
    return node;
  }

  #local(): () => t.Identifier {
    const binding = this.top.declare(this.#names.temporary(), "var");
    binding.reassigned = true;
    this.#made.add(binding);
    return () => {
      const node = t.identifier(binding.name);
      binding.nodes.push(node);
      return node;
    };
  }

  /** A property of the function's own `super`, not of a method inside. */
  #isOwnSuper(node: t.Node): node is t.MemberExpression {
    return this.#innerThis === 0 && isSuperMember(node);
  }
}
