/**
 * A script, as indirect `eval` runs it:
 *
 *   var n = 1; let m = 2; function f() {}; n + m
 *   →
 *   function $main() { let $c; f = function () {}; n = 1; let m = 2; $c = n + m; return $c; }      // declares: var n; function f
 *
 * `var` and functions of sloppy code are properties of the global object, declared there by a script of their own before
 * `$main` runs; what is strict or lexical stays in the unit.
 */
import { types as t } from "@babel/core";
import { boundNames, unlabelled, varDeclarations } from "../closures/analysis/declarations.ts";
import { parseScript } from "../parse/index.ts";
import { NO_OWNER, OpenScopes } from "../parse/open-scopes/lowering.ts";
import { keepCompletionValue } from "./completion-value.ts";
import { globalArguments } from "./direct-unit.ts";
import { GlobalDeclarations } from "./global-declarations.ts";
import { freeName, mainFunction } from "./main-function.ts";
import type { UnitSyntax } from "./unit-syntax.ts";

export function scriptUnit(text: string, file: string): UnitSyntax {
  const ast = parseScript(text, file);
  const { program } = ast;
  const strict = program.directives.some(({ value }) => value.value === "use strict");
  const completion = freeName("$c", text);
  keepCompletionValue(program.body, completion);
  const declarations = strict ? "" : declareOutside(program);
  // A directive is a statement too, whose value is its string.
  if (/\barguments\b/.test(text)) {
    new OpenScopes(text, program).statements(program.body, {
      environment: globalArguments(),
      isStrict: strict,
      variables: strict ? "strict" : "global",
      owner: NO_OWNER,
      undeclared: new Set(),
    });
  }
  const initial = program.directives.at(-1)?.value.value;
  const first = t.variableDeclaration("let", [
    t.variableDeclarator(t.identifier(completion), initial === undefined ? null : t.stringLiteral(initial)),
  ]);
  const body = [first, ...program.body, t.returnStatement(t.identifier(completion))];
  const directives = strict ? [t.directive(t.directiveLiteral("use strict"))] : [];
  program.body = [mainFunction(text, body, directives)];
  program.directives = [];
  return { ast, strict, declarations };
}

/** Takes the declarations of the global object out; gives the script that makes them. */
function declareOutside(program: t.Program): string {
  const { vars, blockFunctions } = varDeclarations(program.body);
  const lexical = new Set(
    program.body.flatMap((statement) => {
      const inner = unlabelled(statement);
      if (t.isClassDeclaration(inner)) return [inner.id!.name];
      return t.isVariableDeclaration(inner) && inner.kind !== "var"
        ? inner.declarations.flatMap(({ id }) => boundNames(id))
        : [];
    }),
  );
  const outside = new GlobalDeclarations();
  for (const { node, shadowed } of blockFunctions) {
    const { name } = node.id!;
    if (!shadowed.has(name) && !lexical.has(name)) outside.blockFunctions.add(node);
  }
  const functions = new Set<string>();
  program.body = outside.statements(program.body, true);
  for (const name of outside.functionNames) functions.add(name);
  program.body.unshift(...outside.hoisted);
  const names = [...vars, ...[...outside.blockFunctions].map((node) => node.id!.name)].filter(
    (name) => !functions.has(name),
  );
  const parts = [...functions].map((name) => `function ${name}(){}`);
  if (names.length > 0) parts.push(`var ${[...new Set(names)].join(",")};`);
  return parts.join("");
}
