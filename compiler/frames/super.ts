/**
 * `super` in a method that suspends: its step function is no method, so the home object is a local of the frame.
 *
 *   super.x          →  $k.superGet($home, "x", $this)
 *   super.m(1)       →  $k.call($k.superGet($home, "m", $this), $this, 1)
 *   super.x = v      →  $k.superSet($home, "x", v, $this)
 *   super[k] += v    →  $k.superSet($home, $1 = $k.key(k), $k.superGet($home, $1, $this) + v, $this)
 *
 * Boundary: the resolver finds the places; this file makes the expressions.
 */
import { types as t } from "@babel/core";
import { abi } from "./syntax.ts";

/** What a body takes from the call that runs it, not from a scope. */
export type Intrinsic = "this" | "arguments" | "home";

interface SuperHost {
  intrinsic(which: Intrinsic): t.Identifier;
  resolve(node: t.Expression): t.Expression;
  /** A new local of the compiler; each call of the result is one use. */
  local(): () => t.Identifier;
}

export const isSuperMember = (node: t.Node): node is t.MemberExpression =>
  t.isMemberExpression(node) && t.isSuper(node.object);

export class SuperAccess {
  readonly #host: SuperHost;

  constructor(host: SuperHost) {
    this.#host = host;
  }

  read(node: t.MemberExpression): t.Expression {
    return this.#get(this.#key(node));
  }

  call(callee: t.MemberExpression, args: t.CallExpression["arguments"]): t.Expression {
    const method = this.read(callee);
    const resolved = args.map((argument) => this.#host.resolve(argument as t.Expression));
    return abi("call", method, this.#host.intrinsic("this"), ...resolved);
  }

  assign(node: t.AssignmentExpression): t.Expression {
    const key = this.#key(node.left as t.MemberExpression);
    const value = this.#host.resolve(node.right);
    if (node.operator === "=") return this.#set(key, value);
    const [first, again] = this.#twice(key);
    const operator = node.operator.slice(0, -1);
    if (operator === "&&" || operator === "||" || operator === "??") {
      return t.logicalExpression(operator, this.#get(first), this.#set(again, value));
    }
    return this.#set(first, t.binaryExpression(operator as "+", this.#get(again), value));
  }

  update(node: t.UpdateExpression): t.Expression {
    const [first, again] = this.#twice(this.#key(node.argument as t.MemberExpression));
    const value = this.#host.local();
    const result = this.#host.local();
    return t.sequenceExpression([
      t.assignmentExpression("=", value(), this.#get(first)),
      t.assignmentExpression("=", result(), t.updateExpression(node.operator, value(), node.prefix)),
      this.#set(again, value()),
      result(),
    ]);
  }

  #key(node: t.MemberExpression): t.Expression {
    if (node.computed) return this.#host.resolve(node.property as t.Expression);
    return t.stringLiteral((node.property as t.Identifier).name);
  }

  #get(key: t.Expression): t.Expression {
    return abi("superGet", this.#host.intrinsic("home"), key, this.#host.intrinsic("this"));
  }

  #set(key: t.Expression, value: t.Expression): t.Expression {
    return abi("superSet", this.#host.intrinsic("home"), key, value, this.#host.intrinsic("this"));
  }

  /** An expression for the first and one for the second use of a key that is evaluated once. */
  #twice(key: t.Expression): [t.Expression, t.Expression] {
    if (t.isStringLiteral(key)) return [key, t.cloneNode(key)];
    const local = this.#host.local();
    return [t.assignmentExpression("=", local(), abi("key", key)), local()];
  }
}
