/**
 * The engine closes the iterator of a loop that an error leaves by calling its `return`, and drops what that throws. The
 * runtime must see it: a write that shared mode refused would be lost in silence. So functions that stand under the name
 * `return` hand their errors over, as every `catch` clause does (closures/rewrite/blocks.ts).
 *
 *     { next() {}, return() { open--; return {}; } }
 *     { next() {}, return() { try { open--; return {}; } catch (e) { throw e; } } }
 *
 * Errors of async functions and generators come to the runtime by themselves.
 */
import { types as t } from "@babel/core";
import { eachNode } from "../diagnostics/each-node.ts";

/** What a source has that gives a function the name. */
const NAMED = /\breturn["'`\]]*\s*(?:\(|[:=](?!=))/;

/** Changes every such function of the file; true when there was one. A file without iterators costs a look at its text. */
export function lowerClosing(ast: t.File, source: string): boolean {
  if (!source.includes("next") || !NAMED.test(source)) return false;
  let isChanged = false;
  eachNode(ast.program, (node) => {
    const closing = closingOf(node);
    if (closing === undefined || closing.async || closing.generator) return;
    handOver(closing);
    isChanged = true;
  });
  return isChanged;
}

type AnyFunction = t.ObjectMethod | t.ClassMethod | t.FunctionExpression | t.ArrowFunctionExpression;

function closingOf(node: t.Node): AnyFunction | undefined {
  switch (node.type) {
    case "ObjectMethod":
    case "ClassMethod":
      return node.kind !== "set" && isReturn(node.key, node.computed) ? node : undefined;
    case "ObjectProperty":
    case "ClassProperty":
      return isReturn(node.key, node.computed === true) ? functionOf(node.value) : undefined;
    case "AssignmentExpression":
      return t.isMemberExpression(node.left) && isReturn(node.left.property, node.left.computed)
        ? functionOf(node.right)
        : undefined;
    default:
      return undefined;
  }
}

function isReturn(key: t.Node, isComputed: boolean): boolean {
  return t.isStringLiteral(key, { value: "return" }) || (!isComputed && t.isIdentifier(key, { name: "return" }));
}

function functionOf(value: t.Node | null | undefined): AnyFunction | undefined {
  return t.isFunctionExpression(value) || t.isArrowFunctionExpression(value) ? value : undefined;
}

function handOver(closing: AnyFunction): void {
  const { body } = closing;
  const statements = body.type === "BlockStatement" ? body.body : [t.returnStatement(body)];
  // In a block it could be another declaration than in a function's body.
  if (statements.some((statement) => t.isFunctionDeclaration(statement))) return;
  const rethrow = t.blockStatement([t.throwStatement(t.identifier("e"))]);
  const attempt = t.tryStatement(t.blockStatement(statements), t.catchClause(t.identifier("e"), rethrow));
  if (body.type === "BlockStatement") body.body = [attempt];
  else {
    (closing as t.ArrowFunctionExpression).body = t.blockStatement([attempt]);
    (closing as t.ArrowFunctionExpression).expression = false;
  }
}
