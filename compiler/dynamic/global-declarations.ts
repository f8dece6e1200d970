/**
 * Declarations of a sloppy script become assignments to what was declared on the global object before:
 *
 *   var a = 1, { b } = o;               →   a = 1; ({ b } = o);
 *   for (var i = 0; …) {}               →   for (i = 0; …) {}
 *   function f() {}                     →   f = function () {};                        // before all other statements
 *   { function g() {} }                 →   { let g = function () {}; $k.global.g = g; }
 *
 * Boundary: statements of the script itself, not of its functions.
 */
import { types as t } from "@babel/core";
import { abi, member } from "../abi-syntax.ts";
import { named } from "../modules/naming.ts";

export class GlobalDeclarations {
  /** Where a variable is, when it is not reached by its name alone. */
  readonly #place: ((name: string) => t.Expression) | undefined;

  constructor(place?: (name: string) => t.Expression) {
    this.#place = place;
  }

  /** Assignments of the script's functions, in order. */
  readonly hoisted: t.Statement[] = [];
  readonly functionNames = new Set<string>();
  /** Functions in blocks that are variables of the script as well. */
  readonly blockFunctions = new Set<t.FunctionDeclaration>();

  statements(list: readonly t.Statement[], isTop: boolean): t.Statement[] {
    const openings: t.Statement[] = [];
    const rest = list.flatMap((statement) => {
      if (statement.type !== "FunctionDeclaration") return this.#statement(statement);
      if (isTop) {
        this.#global(statement);
        return [];
      }
      return this.blockFunctions.has(statement) ? this.#inBlock(statement, openings) : [statement];
    });
    return [...openings, ...rest];
  }

  #global(node: t.FunctionDeclaration): void {
    const { name } = node.id!;
    this.functionNames.add(name);
    const place = this.#place?.(name) as t.MemberExpression | undefined;
    const value = place === undefined ? expressionOf(node) : named(name, expressionOf(node));
    const assignment = t.assignmentExpression("=", place ?? t.identifier(name), value);
    this.hoisted.push(t.inherits(t.expressionStatement(assignment), node));
  }

  /** Of two functions with one name, the block has the later. */
  #inBlock(node: t.FunctionDeclaration, openings: t.Statement[]): t.Statement[] {
    const { name } = node.id!;
    const declarator = t.variableDeclarator(t.identifier(name), expressionOf(node));
    const same = openings.findIndex(
      (one) => t.isVariableDeclaration(one) && t.isIdentifier(one.declarations[0]!.id, { name }),
    );
    if (same >= 0) openings.splice(same, 1);
    openings.push(t.variableDeclaration("let", [declarator]));
    const target = (this.#place?.(name) ?? member(abi("global"), name)) as t.MemberExpression;
    return [t.expressionStatement(t.assignmentExpression("=", target, t.identifier(name)))];
  }

  #single(node: t.Statement): t.Statement {
    const made = this.statements([node], false);
    return made.length === 1 ? made[0]! : t.inherits(t.blockStatement(made), node);
  }

  #statement(node: t.Statement): t.Statement[] {
    switch (node.type) {
      case "VariableDeclaration":
        return node.kind === "var"
          ? assignments(node).map((one) => t.inherits(t.expressionStatement(one), node))
          : [node];
      case "BlockStatement":
        node.body = this.statements(node.body, false);
        break;
      case "IfStatement":
        node.consequent = this.#single(node.consequent);
        if (node.alternate) node.alternate = this.#single(node.alternate);
        break;
      case "ForStatement":
        if (t.isVariableDeclaration(node.init, { kind: "var" })) node.init = sequence(assignments(node.init));
        node.body = this.#single(node.body);
        break;
      case "ForInStatement":
      case "ForOfStatement":
        return this.#forIn(node);
      case "WhileStatement":
      case "DoWhileStatement":
      case "WithStatement":
      case "LabeledStatement":
        node.body = this.#single(node.body);
        break;
      case "SwitchStatement":
        for (const one of node.cases) one.consequent = one.consequent.flatMap((inner) => this.#statement(inner));
        break;
      case "TryStatement":
        node.block.body = this.statements(node.block.body, false);
        if (node.handler) node.handler.body.body = this.statements(node.handler.body.body, false);
        if (node.finalizer) node.finalizer.body = this.statements(node.finalizer.body, false);
        break;
    }
    return [node];
  }

  /** Sloppy code may give the variable of a `for…in` a value first. */
  #forIn(node: t.ForInStatement | t.ForOfStatement): t.Statement[] {
    node.body = this.#single(node.body);
    const { left } = node;
    if (!t.isVariableDeclaration(left, { kind: "var" })) return [node];
    const before = assignments(left);
    node.left = left.declarations[0]!.id as t.LVal;
    return [...before.map((one) => t.expressionStatement(one)), node];
  }
}

function assignments(node: t.VariableDeclaration): t.AssignmentExpression[] {
  return node.declarations.flatMap(({ id, init }) => {
    if (init === null || init === undefined) return [];
    return [t.assignmentExpression("=", id as t.LVal, init)];
  });
}

function sequence(list: t.Expression[]): t.Expression | null {
  return list.length > 1 ? t.sequenceExpression(list) : (list[0] ?? null);
}

/** The function without a name of its own: inside, the name is that of the variable. */
function expressionOf(node: t.FunctionDeclaration): t.FunctionExpression {
  const { params, body, generator, async } = node;
  return t.inherits(t.functionExpression(null, params as t.FunctionParameter[], body, generator, async), node);
}
