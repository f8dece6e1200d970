/**
 * The text of a direct `eval`, against what its place saw (parse/open-scopes/eval-site.ts):
 *
 *   n += step; () => n        // sees n, step
 *   →
 *   function $main($env) { let $c; $c = $env.n += $env.step; $c = () => $env.n; return $c; }
 *
 * `$env` has an accessor for each name, and under its place each layer; closures of the text keep it. What strict text declares
 * is its own. `var`s of sloppy text are the function's around the `eval` (in its layer, or one of its own variables), or global.
 */
import { types as t } from "@babel/core";
import { abi, abiCall, member } from "../abi-syntax.ts";
import { lexicalDeclarations, varDeclarations } from "../closures/analysis/declarations.ts";
import { CompileError } from "../diagnostics/compile-error.ts";
import { parseText } from "../parse/index.ts";
import { type Environment, layer, names } from "../parse/open-scopes/environment.ts";
import type { Surroundings, Variables } from "../parse/open-scopes/eval-site.ts";
import { NO_OWNER, OpenScopes, openings, variableNames } from "../parse/open-scopes/lowering.ts";
import { keepCompletionValue } from "./completion-value.ts";
import { GlobalDeclarations } from "./global-declarations.ts";
import { freeName, mainFunction } from "./main-function.ts";
import type { UnitSyntax } from "./unit-syntax.ts";

/** `described`: JSON of `Surroundings`. */
export function directUnit(text: string, described: string, file: string): UnitSyntax {
  const surroundings = JSON.parse(described) as Surroundings;
  const { owner } = surroundings;
  const ast = parseText(
    { id: file, file, source: text, kind: "script", language: "javascript" },
    {
      strictMode: surroundings.variables === "strict",
      allowNewTargetOutsideFunction: owner.hasNewTarget,
      allowSuperOutsideMethod: owner.hasSuper,
      privateNames: owner.privateNames,
    },
  );
  const { program } = ast;
  refuse(program, owner, file);
  const isStrict =
    surroundings.variables === "strict" || program.directives.some(({ value }) => value.value === "use strict");
  const environmentName = freeName("$env", text);
  const completion = freeName("$c", text);
  const root = environmentOf(surroundings, environmentName);
  keepCompletionValue(program.body, completion);
  const lowering = new OpenScopes(text, program);
  for (const name of [environmentName, completion]) lowering.keep(name);
  for (let n = 1; text.includes("finally") && n < 100; n++) lowering.keep(`${completion}${n}`);
  const variables: Variables = isStrict ? "strict" : root.variables;
  const opening: t.Statement[] = [];
  let declarations = "";
  let { environment } = root;
  if (isStrict) environment = names(variableNames(program.body), environment, "variables");
  else declarations = declareAround(program, surroundings, environmentName, opening, file);
  const lexical = lexicalDeclarations(program.body, true).map(({ name }) => name);
  environment = names(lexical, environment, "barred");
  const undeclared = new Set<string>();
  lowering.statements(program.body, {
    environment,
    isStrict,
    variables,
    owner: {
      ...NO_OWNER,
      ...owner,
      via: environmentName,
      privateVia: { object: environmentName, names: owner.privateNames },
    },
    undeclared,
  });
  const initial = program.directives.at(-1)?.value.value;
  const first = t.variableDeclaration("let", [
    t.variableDeclarator(t.identifier(completion), initial === undefined ? null : t.stringLiteral(initial)),
  ]);
  const body = [...openings(undefined, undeclared), first, ...opening, ...program.body];
  body.push(t.returnStatement(t.identifier(completion)));
  const main = mainFunction(text, body, isStrict ? [t.directive(t.directiveLiteral("use strict"))] : []);
  main.params = [t.identifier(environmentName)];
  program.body = [main];
  program.directives = [];
  return { ast, strict: isStrict, declarations };
}

/** What Babel takes for allowed. A field's initialiser has no `arguments`, and only a derived constructor a `super()`. */
function refuse(node: t.Node, owner: Surroundings["owner"], file: string): void {
  if (owner.isField && node.type === "Identifier" && node.name === "arguments") {
    const words = "'arguments' is not allowed in class field initializer or static initialization block";
    throw new CompileError("SyntaxError", `${file}: ${words}`);
  }
  if (!owner.hasSuperCall && node.type === "CallExpression" && node.callee.type === "Super") {
    throw new CompileError("SyntaxError", `${file}: 'super' keyword unexpected here`);
  }
  const isOwn = t.isFunction(node) && node.type !== "ArrowFunctionExpression";
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    if (isOwn && key !== "key") continue;
    if ((key === "property" || key === "key") && (node as { computed?: boolean }).computed !== true) continue;
    const value = (node as unknown as Record<string, t.Node | (t.Node | null)[] | null | undefined>)[key];
    if (t.isClassProperty(node) || t.isClassPrivateProperty(node)) continue;
    for (const child of Array.isArray(value) ? value : [value]) if (child) refuse(child, owner, file);
  }
}

function environmentOf(
  { scopes, variables }: Surroundings,
  object: string,
): { environment: Environment | null; variables: Variables } {
  let environment: Environment | null = globalArguments();
  let place: Variables = variables === "strict" ? "strict" : "global";
  const via = (name: string): t.Expression => member(t.identifier(object), name);
  for (const [kind, ...rest] of scopes.toReversed()) {
    if (kind === "with" || kind === "layer") {
      const key = rest[0]!;
      const made: Environment = { ...layer("", kind === "with", environment), object: () => layerAt(object, key) };
      environment = made;
      if (key === variables) place = made;
    } else environment = names(rest, environment, kind as "passed", via);
  }
  return { environment, variables: place };
}

/** Where nothing around has one: the function that runs the text has no `arguments` that the text could see. */
export function globalArguments(): Environment | null {
  return names(["arguments"], null, "passed", (name, isRead) =>
    isRead ? abiCall("free", t.stringLiteral(name)) : member(abi("global"), name),
  );
}

const layerAt = (object: string, key: string): t.Expression =>
  t.memberExpression(t.identifier(object), t.numericLiteral(Number(key)), true);

/** Takes `var`s and functions out; gives the script that declares the global ones. */
function declareAround(
  program: t.Program,
  { scopes, variables }: Surroundings,
  object: string,
  opening: t.Statement[],
  file: string,
): string {
  const { vars, blockFunctions } = varDeclarations(program.body);
  const lexical = new Set(lexicalDeclarations(program.body, true).map(({ name }) => name));
  const global: string[] = [];
  const placeOf = (name: string): t.Expression => {
    const found = whereIs(name, scopes, variables);
    if (found === "own") return member(t.identifier(object), name);
    return member(found === "global" ? abi("global") : layerAt(object, variables), name);
  };
  const outside = new GlobalDeclarations(placeOf);
  for (const { node, shadowed } of blockFunctions) {
    const { name } = node.id!;
    if (shadowed.has(name) || lexical.has(name) || whereIs(name, scopes, variables) === "barred") continue;
    outside.blockFunctions.add(node);
  }
  program.body = outside.statements(program.body, true);
  const functions = [...outside.functionNames];
  const others = [...vars, ...[...outside.blockFunctions].map((node) => node.id!.name)];
  const added: string[] = [];
  for (const name of new Set([...functions, ...others])) {
    const found = whereIs(name, scopes, variables);
    if (found === "barred")
      throw new CompileError("SyntaxError", `${file}: Identifier '${name}' has already been declared`);
    if (found === "layer") added.push(name);
    else if (found === "global") global.push(functions.includes(name) ? `function ${name}(){}` : `var ${name};`);
  }
  if (added.length > 0) {
    const list = t.arrayExpression(added.map((name) => t.stringLiteral(name)));
    opening.push(t.expressionStatement(abiCall("declare", layerAt(object, variables), list)));
  }
  opening.push(...outside.hoisted);
  return global.join("");
}

/** What a `var` of that name in the text means. */
function whereIs(
  name: string,
  scopes: Surroundings["scopes"],
  variables: string,
): "barred" | "own" | "layer" | "global" {
  for (const [kind, ...rest] of scopes) {
    if (kind === "layer" && rest[0] === variables) return "layer";
    if (kind === "with" || kind === "layer" || !rest.includes(name)) continue;
    if (kind === "barred") return "barred";
    if (kind === "variables" && variables !== "global") return "own";
  }
  return "global";
}
