/**
 * TypeScript's own module syntax, which the preset leaves to a CommonJS transform, in terms of CommonJS:
 *
 *   import fs = require("x")   →   const fs = require("x")
 *   export = value             →   module.exports = value
 *
 * In between, the first is an import like any other, so that the preset drops it where it names only types.
 */
import { types as t } from "@babel/core";
import { eachNode } from "../diagnostics/each-node.ts";
import { lowerNamespaces } from "./namespaces.ts";

const REQUIRED = "kawaitRequired";

/** Before types are stripped. */
export function prepareTypeScript(ast: t.File, definesFields: boolean): void {
  const { body } = ast.program;
  if (body.some(hasNamespace)) lowerNamespaces(ast);
  eachNode(ast.program, (node) => {
    if (t.isClass(node)) prepareParameterProperties(node, definesFields);
  });
  for (const [index, statement] of body.entries()) {
    if (t.isTSExportAssignment(statement)) {
      const target = t.memberExpression(t.identifier("module"), t.identifier("exports"));
      const assignment = t.assignmentExpression("=", target, statement.expression);
      body[index] = t.inherits(t.expressionStatement(assignment), statement);
    } else if (t.isTSImportEqualsDeclaration(statement) && t.isTSExternalModuleReference(statement.moduleReference)) {
      const { expression } = statement.moduleReference;
      const specifier = t.importDefaultSpecifier(t.identifier(statement.id.name));
      const declaration = t.importDeclaration([specifier], expression as t.StringLiteral);
      declaration.importKind = statement.importKind === "type" ? "type" : "value";
      body[index] = t.inherits(declaration, statement);
      body[index].extra = { [REQUIRED]: true };
    }
  }
}

function hasNamespace(statement: t.Statement): boolean {
  const declaration = t.isExportNamedDeclaration(statement) ? statement.declaration : statement;
  return t.isTSModuleDeclaration(declaration);
}

/**
 * `constructor(@inject private readonly rates)`: the preset drops the wrapper with its decorators, and assigns where the
 * constructor begins; the fields themselves are declared first.
 */
function prepareParameterProperties(node: t.Class, definesFields: boolean): void {
  const method = node.body.body.find((member) => t.isClassMethod(member, { kind: "constructor" })) as t.ClassMethod;
  const properties = (method?.params ?? []).filter((parameter) => t.isTSParameterProperty(parameter));
  if (properties.length === 0) return;
  method.extra = { ...method.extra, kawaitParameterProperties: properties.length };
  const names = properties.map(({ parameter }) => (t.isAssignmentPattern(parameter) ? parameter.left : parameter));
  for (const { parameter, decorators } of properties) if (decorators?.length) parameter.decorators = decorators;
  if (!definesFields) return;
  const fields = names.map((name) => t.classProperty(t.identifier((name as t.Identifier).name)));
  node.body.body.unshift(...fields);
}

/** After types are stripped. */
export function finishTypeScript(ast: t.File): void {
  const { body } = ast.program;
  for (const [index, statement] of body.entries()) {
    if (!t.isImportDeclaration(statement) || statement.extra?.[REQUIRED] !== true) continue;
    const call = t.callExpression(t.identifier("require"), [statement.source]);
    const declarator = t.variableDeclarator(t.identifier(statement.specifiers[0]!.local.name), call);
    body[index] = t.inherits(t.variableDeclaration("const", [declarator]), statement);
  }
}
