/** What the statements of a scope declare: lexical names of a block, `var` names of a whole function. */
import { types as t } from "@babel/core";
import { patternNames, Scope } from "./bindings.ts";
import { childrenOf } from "./suspends.ts";

/** Declares `let`, `const`, classes and functions that stand directly in `statements`. */
export function declareLexical(scope: Scope, statements: readonly t.Node[], switchCase?: t.SwitchCase): void {
  for (const statement of statements) {
    if (t.isVariableDeclaration(statement)) declareVariables(scope, statement, switchCase);
    else if (t.isClassDeclaration(statement) && statement.id) scope.declare(statement.id.name, "class", switchCase);
    else if (t.isFunctionDeclaration(statement) && statement.id) {
      const binding = scope.declare(statement.id.name, "function", switchCase);
      if (binding.kind === "var") binding.kind = "function";
      scope.functions.push(statement);
    }
  }
}

export function declareVariables(scope: Scope, declaration: t.VariableDeclaration, switchCase?: t.SwitchCase): void {
  if (declaration.kind === "var") return;
  const kind = declaration.kind === "const" ? "const" : "let";
  for (const declarator of declaration.declarations) {
    for (const name of patternNames(declarator.id)) scope.declare(name, kind, switchCase);
  }
}

/** Declares the `var` names of a function's body, wherever they stand. */
export function declareVars(scope: Scope, body: t.Node): void {
  const stack = [body];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (t.isVariableDeclaration(node, { kind: "var" })) {
      for (const declarator of node.declarations) {
        for (const name of patternNames(declarator.id)) scope.declare(name, "var");
      }
    }
    if (t.isFunction(node) && node !== body) continue;
    stack.push(...childrenOf(node).filter((child) => !t.isExpression(child) || t.isFunction(child)));
  }
}

/** The names that a statement declares for its own parts; `var` apart. */
export function lexicalNames(node: t.Node): Iterable<string> {
  const scope = new Scope(undefined, false, false);
  if (t.isBlockStatement(node) || t.isStaticBlock(node)) declareLexical(scope, node.body);
  else if (t.isSwitchStatement(node)) for (const branch of node.cases) declareLexical(scope, branch.consequent);
  else if (t.isForStatement(node) && t.isVariableDeclaration(node.init)) declareVariables(scope, node.init);
  else if (t.isForXStatement(node) && t.isVariableDeclaration(node.left)) declareVariables(scope, node.left);
  else if (t.isCatchClause(node) && node.param) return patternNames(node.param);
  return scope.bindings.keys();
}
