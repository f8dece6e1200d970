/**
 * Scopes whose names are known only at run time become plain syntax: a `with`, and a function around a direct `eval`.
 *
 *   with (trip) price = base;
 *   →
 *   { const $w = $k.object(trip); $k.find("price", $w, …).price = $k.withHas($w, "base") ? … : base; }
 *
 *   function f(text) { eval(text); return x; }
 *   →
 *   function f(text) { var $e = $k.layer(); $k.direct(…, [$e], text); return "x" in $e ? $e.x : x; }
 *
 * So code around them is compiled like any other: it may suspend, and what it holds is saved. Only functions with such a scope
 * change. Boundary: before ids are given; syntax only.
 */
import { types as t } from "@babel/core";
import { lexicalDeclarations } from "../../closures/analysis/declarations.ts";
import { evaluates } from "./contains.ts";
import { type Environment, layer, names } from "./environment.ts";
import type { Variables } from "./eval-site.ts";
import { NO_OWNER, OpenScopes, openings, variableNames } from "./lowering.ts";

/** What the top of a source is. */
export type Top = "script" | "function" | "module";

/** True when the tree was changed. */
export function lowerOpenScopes(ast: t.File, source: string, top: Top, isStrict: boolean): boolean {
  if (!/\beval\b|\bwith\b/.test(source)) return false;
  const { program } = ast;
  const lowering = new OpenScopes(source, program);
  if (!lowering.isConcerned) return false;
  const lexical = lexicalDeclarations(program.body, true).map(({ name }) => name);
  let environment: Environment | null = null;
  let variables: Variables = isStrict ? "strict" : "global";
  let own: string | undefined;
  if (top !== "script") {
    if (!isStrict && program.body.some((statement) => evaluates(statement))) {
      own = lowering.fresh("e");
      variables = layer(own, false, null);
      environment = variables;
    }
    environment = names([...variableNames(program.body), ...imports(program, lowering)], environment, "variables");
  }
  environment = names(lexical, environment, "barred");
  const undeclared = new Set<string>();
  lowering.statements(program.body, { environment, isStrict, variables, owner: NO_OWNER, undeclared });
  program.body.unshift(...openings(own, undeclared));
  return lowering.isChanged;
}

function imports(program: t.Program, lowering: OpenScopes): string[] {
  const found = program.body.flatMap((one) =>
    t.isImportDeclaration(one) ? one.specifiers.map(({ local }) => local.name) : [],
  );
  for (const name of found) lowering.imports.add(name);
  const exported = program.body.flatMap((one) =>
    (t.isExportNamedDeclaration(one) || t.isExportDefaultDeclaration(one)) && one.declaration
      ? Object.keys(t.getBindingIdentifiers(one.declaration as t.Declaration, false, true))
      : [],
  );
  return [...found, ...exported];
}

export type { Surroundings } from "./eval-site.ts";
