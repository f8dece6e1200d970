/**
 * Which names a scope declares. Boundary: syntax only; the analyser makes the bindings.
 */
import type { types as t } from "@babel/core";

export interface LexicalDeclaration {
  readonly name: string;
  readonly kind: "let" | "const" | "class" | "function";
  readonly node: t.Node;
}

/** Names bound by a pattern, in order. */
export function boundNames(pattern: t.Node | null | undefined, into: string[] = []): string[] {
  switch (pattern?.type) {
    case "Identifier":
      into.push(pattern.name);
      break;
    case "ObjectPattern":
      for (const property of pattern.properties)
        boundNames(property.type === "RestElement" ? property.argument : property.value, into);
      break;
    case "ArrayPattern":
      for (const element of pattern.elements) boundNames(element, into);
      break;
    case "AssignmentPattern":
      boundNames(pattern.left, into);
      break;
    case "RestElement":
      boundNames(pattern.argument, into);
      break;
    default:
      break;
  }
  return into;
}

/** The declaration under any labels: sloppy code may label a function. */
export function unlabelled(statement: t.Statement): t.Statement {
  let inner = statement;
  while (inner.type === "LabeledStatement") inner = inner.body;
  return inner;
}

/** Lexical declarations directly in a statement list. At the top of a function, functions are `var`-like instead. */
export function lexicalDeclarations(statements: readonly t.Statement[], isTop: boolean): LexicalDeclaration[] {
  const found: LexicalDeclaration[] = [];
  for (const statement of statements) {
    const inner = unlabelled(statement);
    if (inner.type === "VariableDeclaration" && inner.kind !== "var") {
      const kind = inner.kind === "let" ? "let" : "const";
      for (const declarator of inner.declarations)
        for (const name of boundNames(declarator.id)) found.push({ name, kind, node: inner });
    } else if (inner.type === "ClassDeclaration") {
      found.push({ name: inner.id!.name, kind: "class", node: inner });
    } else if (inner.type === "FunctionDeclaration" && !isTop) {
      found.push({ name: inner.id!.name, kind: "function", node: inner });
    }
  }
  return found;
}

export interface VarDeclarations {
  readonly vars: Set<string>;
  /** Function declarations directly in the body: names in order. */
  readonly functions: Set<string>;
  /** Plain functions in blocks, with the lexical names between them and the body. */
  readonly blockFunctions: { readonly node: t.FunctionDeclaration; readonly shadowed: ReadonlySet<string> }[];
}

/** The `var`-scoped names of a function body, static block or program. */
export function varDeclarations(statements: readonly t.Statement[]): VarDeclarations {
  const result: VarDeclarations = { vars: new Set(), functions: new Set(), blockFunctions: [] };
  for (const statement of statements) {
    const inner = unlabelled(statement);
    if (inner.type === "FunctionDeclaration") result.functions.add(inner.id!.name);
  }
  const topLexical = new Set(lexicalDeclarations(statements, true).map((declaration) => declaration.name));
  for (const statement of statements) collect(statement, result, topLexical, true);
  return result;
}

function collect(
  node: t.Node | null | undefined,
  result: VarDeclarations,
  lexical: ReadonlySet<string>,
  isTop: boolean,
) {
  if (!node) return;
  switch (node.type) {
    case "VariableDeclaration":
      if (node.kind === "var")
        for (const declarator of node.declarations) for (const name of boundNames(declarator.id)) result.vars.add(name);
      break;
    case "FunctionDeclaration":
      if (!isTop && !node.async && !node.generator) result.blockFunctions.push({ node, shadowed: lexical });
      break;
    case "LabeledStatement":
      collect(node.body, result, lexical, isTop);
      break;
    case "BlockStatement":
      collectBlock(node.body, result, lexical);
      break;
    case "IfStatement":
      collect(node.consequent, result, lexical, false);
      collect(node.alternate, result, lexical, false);
      break;
    case "ForStatement":
      collect(node.init, result, lexical, false);
      collect(node.body, result, withHead(node.init, lexical), false);
      break;
    case "ForInStatement":
    case "ForOfStatement":
      collect(node.left, result, lexical, false);
      collect(node.body, result, withHead(node.left, lexical), false);
      break;
    case "WhileStatement":
    case "DoWhileStatement":
    case "WithStatement":
      collect(node.body, result, lexical, false);
      break;
    case "SwitchStatement":
      collectBlock(
        node.cases.flatMap((clause) => clause.consequent),
        result,
        lexical,
      );
      break;
    case "TryStatement": {
      collectBlock(node.block.body, result, lexical);
      if (node.handler) {
        // A simple catch parameter does not stop a block function's `var`; the names of a pattern do.
        const { param } = node.handler;
        const shadowed = param && param.type !== "Identifier" ? new Set([...lexical, ...boundNames(param)]) : lexical;
        collectBlock(node.handler.body.body, result, shadowed);
      }
      if (node.finalizer) collectBlock(node.finalizer.body, result, lexical);
      break;
    }
    default:
      break;
  }
}

function collectBlock(statements: readonly t.Statement[], result: VarDeclarations, outer: ReadonlySet<string>): void {
  const declared = lexicalDeclarations(statements, false);
  for (const statement of statements) {
    const inner = unlabelled(statement);
    const own = inner.type === "FunctionDeclaration" ? inner.id!.name : undefined;
    // A function's own block declares it lexically: that one does not stop its `var`.
    const names = declared.filter((other) => other.kind !== "function" || other.name !== own);
    collect(
      statement,
      result,
      names.length > 0 ? new Set([...outer, ...names.map((other) => other.name)]) : outer,
      false,
    );
  }
}

function withHead(head: t.Node | null | undefined, lexical: ReadonlySet<string>): ReadonlySet<string> {
  if (head?.type !== "VariableDeclaration" || head.kind === "var") return lexical;
  return new Set([...lexical, ...head.declarations.flatMap((declarator) => boundNames(declarator.id))]);
}
