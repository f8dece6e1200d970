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

export interface DeclarationChange {
  /** What takes the declaration's place; null: nothing (a loop head without initialisers). */
  readonly replacement: t.Statement[] | t.Expression | t.LVal | null;
  /** Names of `var` that this declaration no longer declares and that are not mutable: declared at the top. */
  readonly undeclared: readonly string[];
  /** The assignments that initialise: they end the dead zone, so nothing is checked before them. */
  readonly initialisers: readonly t.Expression[];
}

/** Null when the declaration declares no mutable binding. */
export function assignDeclared(
  path: NodePath<t.VariableDeclaration>,
  isMutable: (name: string) => boolean,
): DeclarationChange | null {
  const { node, parent, key } = path;
  const namesOf = (one: t.Node) => Object.keys(t.getBindingIdentifiers(one, false, true));
  if (!namesOf(node).some(isMutable)) return null;
  const isVar = node.kind === "var";
  const plainNames = (one: t.Node) => namesOf(one).filter((name) => !isMutable(name));
  if (t.isForXStatement(parent) && key === "left") {
    return { replacement: node.declarations[0]!.id as t.LVal, undeclared: plainNames(node), initialisers: [] };
  }
  if (t.isForStatement(parent) && key === "init") {
    const initialisers = node.declarations.flatMap((declarator) => initialiser(declarator, isVar) ?? []);
    const replacement = initialisers.length > 1 ? t.sequenceExpression(initialisers) : (initialisers[0] ?? null);
    return { replacement, undeclared: plainNames(node), initialisers };
  }
  const statements: t.Statement[] = [];
  const undeclared: string[] = [];
  const initialisers: t.Expression[] = [];
  for (const declarator of node.declarations) {
    if (!namesOf(declarator.id).some(isMutable)) {
      statements.push(t.inherits(t.variableDeclaration(node.kind, [declarator]), declarator));
      continue;
    }
    const others = plainNames(declarator.id);
    if (isVar) undeclared.push(...others);
    else if (others.length > 0) statements.push(t.variableDeclaration("let", others.map(declaratorOf)));
    const expression = initialiser(declarator, isVar);
    if (expression === null) continue;
    initialisers.push(expression);
    statements.push(t.inherits(t.expressionStatement(expression), declarator));
  }
  return { replacement: statements, undeclared, initialisers };
}

/** `let x;` sets it undefined, `var x;` does nothing. */
function initialiser({ id, init }: t.VariableDeclarator, isVar: boolean): t.Expression | null {
  if (init == null && isVar) return null;
  return t.assignmentExpression("=", id as t.LVal, init ?? t.unaryExpression("void", t.numericLiteral(0)));
}

function declaratorOf(name: string): t.VariableDeclarator {
  return t.variableDeclarator(t.identifier(name));
}
