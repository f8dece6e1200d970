/**
 * TypeScript's own module syntax, which the preset leaves to a CommonJS transform, in terms of CommonJS:
 *
 *   import fs = require("x")   →   const fs = require("x")
 *   export = value             →   module.exports = value
 */
import { types as t } from "@babel/core";

export function prepareTypeScript(ast: t.File): void {
  const { body } = ast.program;
  for (const [index, statement] of body.entries()) {
    if (t.isTSExportAssignment(statement)) {
      const target = t.memberExpression(t.identifier("module"), t.identifier("exports"));
      body[index] = t.inherits(
        t.expressionStatement(t.assignmentExpression("=", target, statement.expression)),
        statement,
      );
    } else if (
      t.isTSImportEqualsDeclaration(statement) &&
      t.isTSExternalModuleReference(statement.moduleReference) &&
      statement.importKind !== "type"
    ) {
      const call = t.callExpression(t.identifier("require"), [statement.moduleReference.expression]);
      body[index] = t.inherits(
        t.variableDeclaration("const", [t.variableDeclarator(t.identifier(statement.id.name), call)]),
        statement,
      );
    }
  }
}
