/**
 * What stays where a suspending function stood: an ordinary function that makes the frame, with the right `length`,
 * name and kind.
 *
 *   async function f(a) {…}      →  var f = $k.kind({ f(a) { return $k.async($a4, [a]); } }.f, "async");
 *   const g = function* () {…}   →  const g = (() => { const $o = $k.kind({ g() {…} }.g, "generator"); return $o; })();
 *   ({ async m() {…} })          →  ({ m: $k.kind({ m() {…} }.m, "async") })
 *   class { async m() {…} }      →  class { static { $k.method(this.prototype, "m", "async"); } m() {…} }
 *
 * A generator's objects take their prototype from the function, so its wrapper names the function itself.
 */
import { types as t } from "@babel/core";
import type { ModuleContext } from "../phase.ts";
import type { Ancestors } from "./ancestors.ts";
import { type Compiled, compileFunction, constant, startCall } from "./compile.ts";
import { isEntrance, type SuspendingKind } from "./suspends.ts";
import { abi, assign, nameOf } from "./syntax.ts";

type List = Record<string, t.Node | t.Node[]>;

export class Wrapper {
  readonly #context: ModuleContext;
  readonly #definitions: ReadonlySet<string>;
  readonly #ancestors: Ancestors;
  /** The local that holds a class's or an object's home object, by class body or object. */
  readonly #homes = new Map<t.Node, string>();

  constructor(context: ModuleContext, ancestors: Ancestors, definitions: ReadonlySet<string>) {
    this.#context = context;
    this.#definitions = definitions;
    this.#ancestors = ancestors;
  }

  /** Replaces one suspending function; the ancestors are those of the node. */
  wrap(node: t.Function, kind: SuspendingKind, strict: boolean): void {
    if (t.isArrowFunctionExpression(node) && isEntrance(node)) {
      node.async = false;
      this.#replace(abi("kind", this.#named(node, this.#givenName()), t.stringLiteral(kind)));
      return;
    }
    const compiled = compileFunction(this.#context, node, kind, {
      binds: (name) => this.#ancestors.binds(name),
      strict,
      definitions: this.#definitions,
      home: () => this.#home(node),
    });
    if (t.isFunctionDeclaration(node)) this.#declaration(node, kind, compiled);
    else if (t.isObjectMethod(node)) this.#objectMethod(node, kind, compiled);
    else if (t.isClassMethod(node)) this.#classMethod(node, kind, compiled);
    else if (t.isFunctionExpression(node) || t.isArrowFunctionExpression(node)) this.#expression(node, kind, compiled);
    else {
      const message = "A private method that suspends reached the frames phase.";
      this.#context.error("SuspensionNotCovered", node, message);
    }
  }

  /** The binding is made before the statements of its block, as the language hoists functions. */
  #declaration(node: t.FunctionDeclaration, kind: SuspendingKind, compiled: Compiled): void {
    const { parent } = this.#ancestors;
    const name = node.id!.name;
    const siblings = (parent.node as unknown as List)[parent.key];
    const list = Array.isArray(siblings) ? siblings : [node];
    const last = list.findLast((other) => t.isFunctionDeclaration(other) && other.id?.name === name);
    const value = this.#value(name, node, kind, compiled);
    this.#replace(t.emptyStatement());
    // Of two functions with one name, the language takes the later.
    if (last !== node) return;
    const isModuleLevel = t.isProgram(parent.node);
    const target = [t.variableDeclarator(t.identifier(name), value)];
    if (isModuleLevel) this.#context.hoist(t.variableDeclaration("var", target));
    else list.unshift(t.variableDeclaration("let", target));
  }

  #expression(node: t.FunctionExpression | t.ArrowFunctionExpression, kind: SuspendingKind, compiled: Compiled): void {
    if (t.isFunctionExpression(node)) {
      this.#replace(this.#value(node.id?.name ?? this.#givenName() ?? "", node, kind, compiled));
      return;
    }
    const given = this.#givenName();
    become(node, compiled, startCall(compiled, kind));
    this.#replace(abi("kind", this.#named(node, given), t.stringLiteral(kind)));
  }

  /**
   * The function as a value. A method is what it is made from: like the original, it cannot be constructed and has no
   * `prototype` of its own.
   */
  #value(name: string | t.Expression, node: t.Function, kind: SuspendingKind, compiled: Compiled): t.Expression {
    const key = (): t.Expression => (typeof name === "string" ? t.stringLiteral(name) : t.cloneNode(name));
    const owner = kind !== "async" || compiled.self ? this.#context.uniqueName(`o${compiled.index}`) : undefined;
    if (owner && compiled.self) compiled.self.name = owner;
    const method = t.objectMethod("method", key(), [], t.blockStatement([]), true);
    become(method, compiled, startCall(compiled, kind, owner ? t.identifier(owner) : undefined), node);
    const value = t.memberExpression(t.objectExpression([method]), key(), true);
    const ofKind = abi("kind", value, t.stringLiteral(kind));
    return owner ? selfNamed(owner, ofKind) : ofKind;
  }

  /** The name that an anonymous function takes from its place: text, or a key that is known at run time only. */
  #givenName(): string | t.Expression | undefined {
    const { node: parent, key } = this.#ancestors.parent;
    switch (parent.type) {
      case "VariableDeclarator":
        return key === "init" && t.isIdentifier(parent.id) ? parent.id.name : undefined;
      case "AssignmentExpression": {
        const names = ["=", "&&=", "||=", "??="].includes(parent.operator);
        return key === "right" && names && t.isIdentifier(parent.left) ? parent.left.name : undefined;
      }
      case "AssignmentPattern":
        return key === "right" && t.isIdentifier(parent.left) ? parent.left.name : undefined;
      case "ObjectProperty":
      case "ClassProperty":
        if (key !== "value") return undefined;
        return this.#keyOf(parent);
      default:
        return undefined;
    }
  }

  /** A property's key to be named a second time: a computed one is put aside as it is evaluated. */
  #keyOf(property: t.ObjectProperty | t.ClassProperty | t.ObjectMethod | t.ClassMethod): string | t.Expression {
    const { key } = property;
    if (!property.computed) {
      if (t.isIdentifier(key)) return key.name;
      return t.isStringLiteral(key) ? key.value : String((key as t.NumericLiteral).value);
    }
    if (t.isStringLiteral(key)) return key.value;
    if (t.isNumericLiteral(key)) return String(key.value);
    const local = this.#context.uniqueName("key");
    this.#declareNear(local);
    property.key = t.assignmentExpression("=", t.identifier(local), abi("key", key as t.Expression));
    return t.identifier(local);
  }

  #named(node: t.Expression, name: string | t.Expression | undefined): t.Expression {
    if (name === undefined) return node;
    if (typeof name === "string") return nameOf(name, node);
    const object = t.objectExpression([t.objectProperty(t.cloneNode(name), node, true)]);
    return t.memberExpression(object, t.cloneNode(name), true);
  }

  #objectMethod(node: t.ObjectMethod, kind: SuspendingKind, compiled: Compiled): void {
    const name = this.#keyOf(node);
    const key = typeof name === "string" ? t.stringLiteral(name) : (node.key as t.Expression);
    this.#replace(t.objectProperty(key, this.#value(name, node, kind, compiled), true));
  }

  #classMethod(node: t.ClassMethod, kind: SuspendingKind, compiled: Compiled): void {
    const body = this.#ancestors.parent.node as t.ClassBody;
    const key = this.#keyOf(node);
    const keyNode = typeof key === "string" ? t.stringLiteral(key) : t.cloneNode(key);
    const owner = kind === "async" ? undefined : this.#context.uniqueName(`o${compiled.index}`);
    become(node, compiled, startCall(compiled, kind, owner ? t.identifier(owner) : undefined));
    if (owner) this.#declareNear(owner);
    if (typeof key === "string" && isOverridden(body, node, key)) return;
    const target = node.static ? t.thisExpression() : t.memberExpression(t.thisExpression(), t.identifier("prototype"));
    const fix = abi("method", target, keyNode, t.stringLiteral(kind));
    const statement = owner ? assign(owner, fix) : t.expressionStatement(fix);
    this.#setup(body).push(statement);
  }

  /** The block at the start of a class that runs before its static fields. */
  #setup(body: t.ClassBody): t.Statement[] {
    const first = body.body[0];
    if (t.isStaticBlock(first) && first.extra?.kawaitFrames) return first.body;
    const block = t.staticBlock([]);
    block.extra = { kawaitFrames: true };
    body.body.unshift(block);
    const last = this.#ancestors.path.at(-1)!;
    if (last.node === body) this.#ancestors.path[this.#ancestors.path.length - 1] = { ...last, index: last.index! + 1 };
    return block.body;
  }

  /** The home object of a method: held by a local beside the class or object. */
  #home(node: t.Function): t.Expression {
    const { node: holder } = this.#ancestors.parent;
    const known = this.#homes.get(holder);
    const name = known ?? this.#context.uniqueName("home");
    this.#homes.set(holder, name);
    if (t.isClassBody(holder)) {
      if (!known) {
        this.#declareNear(name);
        this.#setup(holder).unshift(assign(name, t.thisExpression()));
      }
      const isStatic = t.isClassMethod(node) && node.static;
      return isStatic ? t.identifier(name) : t.memberExpression(t.identifier(name), t.identifier("prototype"));
    }
    if (!known) this.#wrapObject(name);
    return t.identifier(name);
  }

  /** `{…}` → `(() => { let $home; return $home = {…}; })()` */
  #wrapObject(name: string): void {
    const path = this.#ancestors.path;
    const object = path.at(-1)!.node as t.ObjectExpression;
    const outer = path.at(-2)!;
    const made = t.returnStatement(t.assignmentExpression("=", t.identifier(name), object));
    const declared = t.variableDeclaration("let", [t.variableDeclarator(t.identifier(name))]);
    const call = t.callExpression(t.arrowFunctionExpression([], t.blockStatement([declared, made])), []);
    put(outer.node, outer.key, outer.index, call);
  }

  /** Declares a local in the innermost function around the node, or at module level. */
  #declareNear(name: string): void {
    const declaration = t.variableDeclaration("let", [t.variableDeclarator(t.identifier(name))]);
    for (const { node, key } of this.#ancestors.path.toReversed()) {
      if (!t.isFunction(node) || key !== "body") continue;
      if (!t.isBlockStatement(node.body)) node.body = t.blockStatement([t.returnStatement(node.body)]);
      node.body.body.unshift(declaration);
      return;
    }
    this.#context.hoist(declaration);
  }

  #replace(replacement: t.Node): void {
    const { node, key, index } = this.#ancestors.parent;
    put(node, key, index, replacement);
  }
}

function put(node: t.Node, key: string, index: number | undefined, replacement: t.Node): void {
  const holder = node as unknown as List;
  if (index === undefined) holder[key] = replacement;
  else (holder[key] as t.Node[])[index] = replacement;
}

/** `(() => { const $o = value; return $o; })()`: the value may name itself. */
function selfNamed(owner: string, value: t.Expression): t.Expression {
  const body = t.blockStatement([constant(owner, value), t.returnStatement(t.identifier(owner))]);
  return t.callExpression(t.arrowFunctionExpression([], body), []);
}

/** Turns the function into its wrapper, in place; directives stay, since they decide what `this` is. */
function become(node: t.Function, compiled: Compiled, call: t.Expression, from: t.Function = node): void {
  const directives = t.isBlockStatement(from.body) ? from.body.directives : [];
  node.params = compiled.params as typeof node.params;
  if ("async" in node) node.async = false;
  if ("generator" in node) node.generator = false;
  if (t.isArrowFunctionExpression(node)) {
    node.body = call;
    node.expression = true;
  } else node.body = t.blockStatement([t.returnStatement(call)], directives);
  node.extra = { ...from.extra };
}

/** A later element of the class defines the same property. */
function isOverridden(body: t.ClassBody, node: t.ClassMethod, key: string): boolean {
  return body.body.slice(body.body.indexOf(node) + 1).some((member) => {
    if (!t.isClassMethod(member) || member.static !== node.static || member.computed) return false;
    return t.isIdentifier(member.key) ? member.key.name === key : t.isStringLiteral(member.key, { value: key });
  });
}
