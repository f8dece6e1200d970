/**
 * What TypeScript's namespaces mean beyond the blocks that the preset makes of them: exported variables are properties, and
 * the blocks of one namespace see each other's exports.
 *
 *   namespace N { export let n = 1; }  namespace N { export const next = () => ++n; }
 *   →
 *   namespace N { N.n = 1; }           namespace N { export const next = () => ++N.n; }
 *
 * Boundary: runs before types are stripped; one file, as TypeScript itself has it with `isolatedModules`.
 */
import { type NodePath, types as t, traverse } from "@babel/core";

interface Block {
  readonly path: NodePath<t.TSModuleBlock>;
  /** The namespace's own name, the last of `A.B`. */
  readonly name: string;
  /** `A.B`, with the namespaces around it. */
  readonly qualified: string;
  /** Exported variables that can be assigned. */
  readonly variables: ReadonlySet<string>;
  readonly exports: ReadonlySet<string>;
}

export function lowerNamespaces(ast: t.File): void {
  const blocks: Block[] = [];
  traverse(ast, {
    TSModuleBlock(path) {
      const block = describe(path);
      if (block !== undefined) blocks.push(block);
    },
  });
  const needed = blocks.filter((block) => block.variables.size > 0 || siblings(blocks, block).size > 0);
  for (const block of needed) rewrite(block, siblings(blocks, block));
}

function describe(path: NodePath<t.TSModuleBlock>): Block | undefined {
  const names: string[] = [];
  for (let at: NodePath | null = path.parentPath; at !== null; at = at.parentPath) {
    if (!at.isTSModuleDeclaration()) continue;
    if (at.node.declare === true || t.isStringLiteral(at.node.id)) return undefined;
    names.unshift(...entityNames(at.node.id));
  }
  const variables = new Set<string>();
  const exports = new Set<string>();
  for (const statement of path.node.body) {
    if (!t.isExportNamedDeclaration(statement) || statement.declaration == null) continue;
    const { declaration } = statement;
    const isVariable = t.isVariableDeclaration(declaration) && declaration.kind !== "const" && !declaration.declare;
    for (const name of declaredNames(declaration)) {
      exports.add(name);
      if (isVariable) variables.add(name);
    }
  }
  return { path, name: names.at(-1)!, qualified: names.join("."), variables, exports };
}

function entityNames(id: t.TSEntityName | t.StringLiteral): string[] {
  if (t.isTSQualifiedName(id)) return [...entityNames(id.left), id.right.name];
  return t.isIdentifier(id) ? [id.name] : [];
}

function declaredNames(declaration: t.Declaration): string[] {
  if (t.isTSEnumDeclaration(declaration)) return [declaration.id.name];
  if (t.isTSModuleDeclaration(declaration)) return entityNames(declaration.id).slice(0, 1);
  return Object.keys(t.getBindingIdentifiers(declaration, false, true));
}

/** What other blocks of the same namespace export and this one does not. */
function siblings(blocks: readonly Block[], own: Block): ReadonlySet<string> {
  const others = blocks.filter((block) => block !== own && block.qualified === own.qualified);
  return new Set(others.flatMap(({ exports }) => [...exports]).filter((name) => !own.exports.has(name)));
}

function rewrite({ path, name, variables }: Block, outside: ReadonlySet<string>): void {
  const own = new Map([...variables].map((one) => [one, path.scope.getBinding(one)]));
  path.node.body = path.node.body.flatMap((statement) => assignments(statement));
  path.traverse({
    Identifier(identifier) {
      const local = identifier.node.name;
      if (!own.has(local) && !outside.has(local)) return;
      if (!isRead(identifier) && !isWritten(identifier)) return;
      const binding = identifier.scope.getBinding(local);
      const isMeant = own.has(local) ? binding === own.get(local) : !isInside(binding?.scope.path, path);
      if (!isMeant) return;
      const { parent } = identifier;
      if (t.isObjectProperty(parent) && parent.shorthand) {
        parent.shorthand = false;
        parent.key = t.identifier(local);
      }
      identifier.replaceWith(t.memberExpression(t.identifier(name), t.identifier(local)));
      identifier.skip();
    },
  });
}

function isInside(scope: NodePath | undefined, block: NodePath): boolean {
  return scope !== undefined && (scope === block || scope.isDescendant(block));
}

/** `export let a = 1, { b } = o;` → `a = 1; ({ b } = o);`, whose names are replaced next. */
function assignments(statement: t.Statement): t.Statement[] {
  const declaration = t.isExportNamedDeclaration(statement) ? statement.declaration : undefined;
  if (!t.isVariableDeclaration(declaration) || declaration.kind === "const" || declaration.declare) return [statement];
  return declaration.declarations.flatMap(({ id, init }) => {
    if (init == null) return [];
    if ("typeAnnotation" in id) id.typeAnnotation = null;
    return [t.inherits(t.expressionStatement(t.assignmentExpression("=", id as t.LVal, init)), statement)];
  });
}

function isRead({ node, parent, parentPath }: NodePath<t.Identifier>): boolean {
  if (parent.type.startsWith("TS") && !t.isExpression(parent) && !t.isTSEnumMember(parent)) return false;
  return t.isReferenced(node, parent, parentPath?.parent);
}

/** A target of an assignment, a pattern or a loop's head. */
function isWritten({ parent, key, parentPath }: NodePath<t.Identifier>): boolean {
  if (t.isAssignmentExpression(parent) || t.isAssignmentPattern(parent) || t.isForXStatement(parent))
    return key === "left";
  if (t.isArrayPattern(parent) || t.isRestElement(parent)) return true;
  return t.isObjectProperty(parent) && key === "value" && t.isObjectPattern(parentPath?.parent);
}
