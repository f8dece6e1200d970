/**
 * A function expression as a unit:
 *
 *   function anonymous(a\n) {\nreturn a\n}   →   function $main() { return { anonymous: function (a) { return a; } }.anonymous; }
 *
 * Its name is a property only: inside, `anonymous` is a name of the global scope.
 */
import { types as t } from "@babel/core";
import { parseScript } from "../parse/index.ts";
import { mainFunction } from "./main-function.ts";
import type { UnitSyntax } from "./unit-syntax.ts";

export function functionUnit(text: string, file: string): UnitSyntax {
  const ast = parseScript(`(${text})`, file);
  const statement = ast.program.body[0] as t.ExpressionStatement;
  const made = unparenthesised(statement.expression) as t.FunctionExpression;
  const name = made.id!.name;
  made.id = null;
  const holder = t.objectExpression([t.objectProperty(t.identifier(name), made)]);
  const result = t.returnStatement(t.memberExpression(holder, t.identifier(name)));
  ast.program.body = [mainFunction(text, [result])];
  return { ast, strict: false, declarations: "" };
}

function unparenthesised(expression: t.Expression): t.Expression {
  return t.isParenthesizedExpression(expression) ? unparenthesised(expression.expression) : expression;
}
