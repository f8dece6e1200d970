/**
 * Takes export and import syntax off a module's body.
 *
 *   export const a = 1;                 →   const a = 1;
 *   export default () => 1;             →   const $default = { default: () => 1 }.default;
 *   export default function () {}       →   the same, in front of all statements (it is hoisted)
 *   export default class Trip {}        →   class Trip {}
 *   import …; export … from …; export { a };   →   (gone)
 */
import { types as t } from "@babel/core";
import type { ModuleContext } from "../phase.ts";
import { globalName } from "./exports-graph.ts";
import { isAnonymousFunction, named } from "./naming.ts";
import { globalBinding } from "./reference.ts";
import { DEFAULT_BINDING } from "./thread-modules.ts";

/**
 * Changes `body` in place; gives the name of the binding that holds the default export, when it has none of its own. In a
 * module that runs in the thread that is a binding of the thread's, and no name of the program.
 */
export function stripModuleSyntax(program: t.Program, context: ModuleContext, inThread = false): string | null {
  let defaultBinding: string | null = null;
  const body: t.Statement[] = [];
  for (const statement of program.body) {
    if (t.isImportDeclaration(statement) || t.isExportAllDeclaration(statement)) continue;
    if (t.isExportNamedDeclaration(statement)) {
      if (statement.declaration != null) body.push(t.inheritsComments(statement.declaration, statement));
      continue;
    }
    if (!t.isExportDefaultDeclaration(statement)) {
      body.push(statement);
      continue;
    }
    const { declaration } = statement;
    if ((t.isFunctionDeclaration(declaration) || t.isClassDeclaration(declaration)) && declaration.id != null) {
      body.push(declaration);
      continue;
    }
    const isHoisted = t.isFunctionDeclaration(declaration);
    const value = asExpression(declaration);
    const init = isAnonymousFunction(value) ? named("default", value) : value;
    if (inThread && !isHoisted) {
      const target = globalBinding(globalName(context.moduleId, DEFAULT_BINDING));
      const assignment = t.expressionStatement(t.assignmentExpression("=", target, init));
      body.push(t.inherits(assignment, statement));
      continue;
    }
    defaultBinding = context.uniqueName("default");
    const holder = t.variableDeclaration("const", [t.variableDeclarator(t.identifier(defaultBinding), init)]);
    t.inherits(holder, statement);
    if (isHoisted) markEarly(holder);
    body.push(holder);
  }
  program.body = body;
  return defaultBinding;
}

/** An early statement belongs to instantiation: module-body.ts puts it in front of the `yield`. */
function markEarly(statement: t.Statement): void {
  statement.extra = { ...statement.extra, kawaitEarly: true };
}

export function isEarly(statement: t.Statement): boolean {
  return statement.extra?.kawaitEarly === true;
}

function asExpression(declaration: t.ExportDefaultDeclaration["declaration"]): t.Expression {
  // The node itself changes its type, so that its stamp and position stay.
  const node = declaration as t.Node as { type: string };
  if (node.type === "FunctionDeclaration") node.type = "FunctionExpression";
  else if (node.type === "ClassDeclaration") node.type = "ClassExpression";
  return declaration as t.Expression;
}
