/**
 * Which hoisted locals a piece of native code may read before it writes them, and which it certainly writes.
 *
 * Reads err on the side of too many, writes on the side of too few: a slot may be saved in vain, never lost (I3).
 */
import { types as t } from "@babel/core";
import { lexicalNames } from "./declarations.ts";
import { childrenOf } from "./suspends.ts";

export interface Accesses {
  /** May be read before being written here. */
  readonly reads: Set<string>;
  /** Certainly written when the code completes normally. */
  readonly writes: Set<string>;
}

const LOGICAL_ASSIGNMENTS: ReadonlySet<string> = new Set(["&&=", "||=", "??="]);

export class AccessFinder {
  readonly #locals: ReadonlySet<string>;
  /** Names that native blocks around the code at hand declare: there they are not the hoisted locals. */
  #hidden: ReadonlySet<string> = new Set();

  constructor(locals: ReadonlySet<string>) {
    this.#locals = locals;
  }

  of(node: t.Node): Accesses {
    const accesses: Accesses = { reads: new Set(), writes: new Set() };
    this.#visit(node, accesses);
    return accesses;
  }

  #visit(node: t.Node, into: Accesses): void {
    const declared = nativeNames(node).filter((name) => this.#locals.has(name));
    const outer = this.#hidden;
    if (declared.length > 0) this.#hidden = new Set([...outer, ...declared]);
    this.#visitParts(node, into);
    this.#hidden = outer;
  }

  #isLocal(name: string): boolean {
    return this.#locals.has(name) && !this.#hidden.has(name);
  }

  #visitParts(node: t.Node, into: Accesses): void {
    switch (node.type) {
      case "Identifier":
        if (this.#isLocal(node.name) && !into.writes.has(node.name)) into.reads.add(node.name);
        return;
      case "AssignmentExpression":
        if (LOGICAL_ASSIGNMENTS.has(node.operator)) {
          this.#visit(node.left, into);
          this.#branches(into, [node.right], true);
          return;
        }
        if (node.operator !== "=") break;
        if (t.isMemberExpression(node.left)) this.#visit(node.left, into);
        this.#visit(node.right, into);
        if (!t.isMemberExpression(node.left)) this.#target(node.left, into);
        return;
      case "VariableDeclarator":
        if (!node.init) return;
        this.#visit(node.init, into);
        this.#target(node.id, into);
        return;
      case "MemberExpression":
        this.#visit(node.object, into);
        if (node.computed) this.#visit(node.property, into);
        return;
      case "OptionalMemberExpression":
        this.#visit(node.object, into);
        if (node.computed) this.#branches(into, [node.property], true);
        return;
      case "ObjectProperty":
        if (node.computed) this.#visit(node.key, into);
        this.#visit(node.value, into);
        return;
      case "LogicalExpression":
        this.#visit(node.left, into);
        this.#branches(into, [node.right], true);
        return;
      case "ConditionalExpression":
      case "IfStatement":
        this.#visit(node.test, into);
        this.#branches(into, node.alternate ? [node.consequent, node.alternate] : [node.consequent], !node.alternate);
        return;
      case "OptionalCallExpression":
        this.#visit(node.callee, into);
        this.#branches(into, node.arguments, true);
        return;
      case "LabeledStatement":
        this.#branches(into, [node.body], true);
        return;
      case "BreakStatement":
      case "ContinueStatement":
        return;
      case "WhileStatement":
        this.#visit(node.test, into);
        this.#branches(into, [node.body], true);
        return;
      case "ForStatement":
        if (node.init) this.#visit(node.init, into);
        if (node.test) this.#visit(node.test, into);
        this.#branches(into, node.update ? [node.body, node.update] : [node.body], true);
        return;
      case "ForInStatement":
      case "ForOfStatement":
        this.#visit(node.right, into);
        this.#loopTarget(node, into);
        return;
      case "SwitchStatement":
        this.#visit(node.discriminant, into);
        this.#branches(into, node.cases, true);
        return;
      case "DoWhileStatement":
      case "TryStatement":
        this.#branches(into, childrenOf(node), true);
        return;
      default:
        if (t.isFunction(node) || t.isClass(node)) {
          this.#mentions(node, into);
          return;
        }
    }
    for (const child of childrenOf(node)) this.#visit(child, into);
  }

  /** The target is written in each turn before the body runs. */
  #loopTarget(node: t.ForInStatement | t.ForOfStatement, into: Accesses): void {
    const own: Accesses = { reads: new Set(), writes: new Set(into.writes) };
    this.#target(t.isVariableDeclaration(node.left) ? node.left.declarations[0]!.id : node.left, own);
    this.#visit(node.body, own);
    for (const name of own.reads) into.reads.add(name);
  }

  /** Parts of which any may be left out: none can count on the writes of another. */
  #branches(into: Accesses, nodes: readonly t.Node[], mayBeNone: boolean): void {
    const all = nodes.map((node) => {
      const own: Accesses = { reads: new Set(), writes: new Set(into.writes) };
      this.#visit(node, own);
      return own;
    });
    for (const own of all) for (const name of own.reads) into.reads.add(name);
    if (mayBeNone || all.length === 0) return;
    for (const name of all[0]!.writes) if (all.every((own) => own.writes.has(name))) into.writes.add(name);
  }

  /** A target in its order: what it evaluates, and the writes. */
  #target(target: t.Node, into: Accesses): void {
    switch (target.type) {
      case "Identifier":
        if (this.#isLocal(target.name)) into.writes.add(target.name);
        return;
      case "AssignmentPattern":
        this.#branches(into, [target.right], true);
        this.#target(target.left, into);
        return;
      case "RestElement":
        this.#target(target.argument, into);
        return;
      case "ArrayPattern":
        for (const element of target.elements) if (element) this.#target(element, into);
        return;
      case "ObjectPattern":
        for (const property of target.properties) {
          if (property.type === "RestElement") this.#target(property, into);
          else {
            if (property.computed) this.#visit(property.key, into);
            this.#target(property.value, into);
          }
        }
        return;
      default:
        this.#visit(target, into);
    }
  }

  #mentions(node: t.Node, into: Accesses): void {
    if (t.isIdentifier(node)) this.#visit(node, into);
    else for (const child of childrenOf(node)) this.#mentions(child, into);
  }
}

/** What a node inside native code declares for its own parts. `var` is hoisted everywhere. */
function nativeNames(node: t.Node): readonly string[] {
  switch (node.type) {
    case "BlockStatement":
    case "SwitchStatement":
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
    case "CatchClause":
      return [...lexicalNames(node)];
    default:
      return [];
  }
}

/** Code that certainly throws nothing: its own writes happen before any handler could read the old values. */
export function cannotThrow(node: t.Node): boolean {
  switch (node.type) {
    case "ExpressionStatement":
      return cannotThrow(node.expression);
    case "ReturnStatement":
      return !node.argument || cannotThrow(node.argument);
    case "AssignmentExpression":
      return node.operator === "=" && t.isIdentifier(node.left) && cannotThrow(node.right);
    case "Identifier":
    case "NumericLiteral":
    case "StringLiteral":
    case "BooleanLiteral":
    case "NullLiteral":
      return true;
    case "UnaryExpression":
      return (node.operator === "void" || node.operator === "!") && cannotThrow(node.argument);
    case "BinaryExpression":
      return (node.operator === "===" || node.operator === "!==") && cannotThrow(node.left) && cannotThrow(node.right);
    case "LogicalExpression":
      return cannotThrow(node.left) && cannotThrow(node.right);
    case "MemberExpression":
      return t.isIdentifier(node.object, { name: "$k" });
    default:
      return false;
  }
}
