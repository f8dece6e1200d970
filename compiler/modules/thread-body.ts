/**
 * The body of a module that runs in the thread (thread-modules.ts): its statements become a function, which the runtime calls
 * once per thread, in the order of the module graph. Functions stay declarations of the module's.
 *
 *   const rate = await fetchRate(); export function cost(n) { return n * rate; }
 *   →
 *   function cost(n) { return n * $k.g["rate.ts#rate"]; }
 *   const $evaluate = async () => { $k.g["rate.ts#rate"] = await $x0.fetchRate(); };
 *
 * Runs after names were replaced: the statements mention no binding of the module that is not in `$k.g`. Holds I3: what
 * the module knows at its `await` is in a frame and in the module scope object.
 */
import { types as t } from "@babel/core";
import { withResources } from "../parse/index.ts";
import type { ModuleContext } from "../phase.ts";
import { isEarly } from "./exports.ts";
import { stampMade } from "./stamp.ts";
import type { ModuleSyntax } from "./syntax.ts";
import { topLevelResources } from "./top-level.ts";

/** Changes the program's body; gives the name of the function. */
export function moveIntoThread(program: t.Program, syntax: ModuleSyntax, context: ModuleContext): string {
  const stays = (statement: t.Statement): boolean => isEarly(statement) || t.isFunctionDeclaration(statement);
  const moved = program.body.filter((statement) => !stays(statement));
  const isAsync = syntax.evaluation === "async";
  const resources = topLevelResources(program);
  const body = t.blockStatement(resources === undefined ? moved : withResources(moved, resources));
  const evaluate = t.arrowFunctionExpression([], body, isAsync);
  evaluate.loc = program.loc ?? null;
  stampMade(evaluate, "(module)", context, program.extra?.kawaitBody as string | undefined);
  const name = context.uniqueName("evaluate");
  const holder = t.variableDeclaration("const", [t.variableDeclarator(t.identifier(name), evaluate)]);
  program.body = [...program.body.filter(stays), holder];
  return name;
}
