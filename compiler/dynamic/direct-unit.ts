/**
 * The text of a direct `eval` in strict code, against the names that were visible there:
 *
 *   n += step; () => n        // sees n, step
 *   →
 *   function $main($env) { "use strict"; let $c; $c = $env.n += $env.step; $c = () => $env.n; return $c; }
 *
 * `$env` has an accessor for each name; closures of the text keep it. What the text declares is its own.
 */
import { types as t, traverse } from "@babel/core";
import { isValuePosition, place } from "../modules/names.ts";
import { parseScript } from "../parse/index.ts";
import { keepCompletionValue } from "./completion-value.ts";
import { freeName, mainFunction } from "./main-function.ts";
import type { UnitSyntax } from "./unit-syntax.ts";

export function directUnit(text: string, names: readonly string[], file: string): UnitSyntax {
  const ast = parseScript(text, file);
  const { program } = ast;
  const environment = freeName("$env", text);
  const completion = freeName("$c", text);
  const visible = new Set(names);
  traverse(ast, {
    Identifier(path) {
      const { name } = path.node;
      if (!visible.has(name) || !isValuePosition(path) || path.scope.hasBinding(name, true)) return;
      place(path, t.memberExpression(t.identifier(environment), t.identifier(name)));
    },
  });
  keepCompletionValue(program.body, completion);
  const initial = program.directives.at(-1)?.value.value;
  const first = t.variableDeclaration("let", [
    t.variableDeclarator(t.identifier(completion), initial === undefined ? null : t.stringLiteral(initial)),
  ]);
  const body = [first, ...program.body, t.returnStatement(t.identifier(completion))];
  const main = mainFunction(text, body, [t.directive(t.directiveLiteral("use strict"))]);
  main.params = [t.identifier(environment)];
  program.body = [main];
  program.directives = [];
  return { ast, strict: true, declarations: "" };
}
