/**
 * The value of a script: that of the last statement that has one, by UpdateEmpty of the standard.
 *
 *   1; if (x) 2;          →   $c = 1; $c = void 0; if (x) $c = 2;
 *   try { 1 } finally { 2 }   →   $c = void 0; try { $c = 1; } finally { const $f = $c; $c = void 0; $c = 2; $c = $f; }
 *
 * A function that is such a value takes no name from the variable. Boundary: statements of the script itself; its functions have
 * no such value.
 */
import { types as t } from "@babel/core";
import { unnamed } from "../modules/naming.ts";

export function keepCompletionValue(statements: t.Statement[], variable: string): void {
  let finallies = 0;
  const set = (value: t.Expression): t.Statement =>
    t.expressionStatement(t.assignmentExpression("=", t.identifier(variable), unnamed(value)));
  const empty = (): t.Statement => set(t.unaryExpression("void", t.numericLiteral(0)));

  function list(of: t.Statement[]): void {
    of.splice(0, of.length, ...of.flatMap(statement));
  }

  function single(node: t.Statement): t.Statement {
    const made = statement(node);
    return made.length === 1 ? made[0]! : t.blockStatement(made);
  }

  /** A statement with those before it that it needs. */
  function statement(node: t.Statement): t.Statement[] {
    switch (node.type) {
      case "ExpressionStatement":
        return [t.inherits(set(node.expression), node)];
      case "BlockStatement":
        list(node.body);
        return [node];
      case "LabeledStatement": {
        // The label must stay with its loop.
        const [last, ...before] = statement(node.body).reverse();
        node.body = last!;
        return [...before.reverse(), node];
      }
      case "IfStatement":
        node.consequent = single(node.consequent);
        if (node.alternate) node.alternate = single(node.alternate);
        return [empty(), node];
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "WithStatement":
        node.body = single(node.body);
        return [empty(), node];
      case "SwitchStatement":
        for (const one of node.cases) list(one.consequent);
        return [empty(), node];
      case "TryStatement":
        list(node.block.body);
        if (node.handler) list(node.handler.body.body);
        if (node.finalizer) finalizer(node.finalizer);
        return [empty(), node];
      default:
        return [node];
    }
  }

  /** What a `finally` comes to counts only when it leaves by itself. */
  function finalizer(block: t.BlockStatement): void {
    list(block.body);
    const kept = `${variable}${++finallies}`;
    const keep = t.variableDeclaration("const", [t.variableDeclarator(t.identifier(kept), t.identifier(variable))]);
    block.body = [keep, empty(), ...block.body, set(t.identifier(kept))];
  }

  list(statements);
}
