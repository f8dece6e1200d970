/**
 * Declarations of mutable module-level bindings become assignments; the bindings themselves are made at instantiation.
 *
 *   let count = 0, log = [];   →   count = 0; let log = [];         // and `count` → $k.g["a.ts#count"] after that
 *   for (var i = 0; …) {}      →   for (i = 0; …) {}
 *   function f() {}            →   function f() {}    with $k.base("a.ts#f", f) at instantiation
 *   class C {}                 →   class C {} C = C, where only the target is the mutable binding
 *
 * The names themselves are replaced where every other name is (names.ts).
 */
import { type NodePath, types as t } from "@babel/core";

/** Gives statements that take a declaration's place; null when it declares no mutable binding. */
export function assignDeclared(
  path: NodePath<t.VariableDeclaration>,
  isMutable: (name: string) => boolean,
): { readonly replacement: t.Statement[] | t.Expression | t.LVal | null; readonly plain: string[] } | null {
  const { node } = path;
  const names = Object.keys(t.getBindingIdentifiers(node, false, true));
  if (!names.some(isMutable)) return null;
  const plain = names.filter((name) => !isMutable(name));
  const { parent, key } = path;
  if (t.isForXStatement(parent) && key === "left") {
    return { replacement: node.declarations[0]!.id as t.LVal, plain };
  }
  if (t.isForStatement(parent) && key === "init") {
    const assignments = node.declarations.flatMap(assignment);
    return { replacement: assignments.length === 0 ? null : sequence(assignments), plain };
  }
  const statements: t.Statement[] = [];
  for (const declarator of node.declarations) {
    const own = Object.keys(t.getBindingIdentifiers(declarator.id));
    if (!own.some(isMutable)) {
      statements.push(t.inherits(t.variableDeclaration(node.kind, [declarator]), declarator));
      continue;
    }
    const others = own.filter((name) => !isMutable(name));
    if (node.kind !== "var" && others.length > 0) {
      statements.push(
        t.variableDeclaration(
          "let",
          others.map((name) => t.variableDeclarator(t.identifier(name))),
        ),
      );
    }
    const assignments = assignment(declarator, node.kind === "var");
    for (const expression of assignments) statements.push(t.inherits(t.expressionStatement(expression), declarator));
  }
  return { replacement: statements, plain: node.kind === "var" ? plain : [] };
}

function assignment(declarator: t.VariableDeclarator, isVar: boolean | number): t.Expression[] {
  const { id, init } = declarator;
  if (init == null) {
    if (isVar !== false) return [];
    return [t.assignmentExpression("=", id as t.LVal, t.unaryExpression("void", t.numericLiteral(0)))];
  }
  return [t.assignmentExpression("=", id as t.LVal, init)];
}

function sequence(expressions: t.Expression[]): t.Expression {
  return expressions.length === 1 ? expressions[0]! : t.sequenceExpression(expressions);
}
