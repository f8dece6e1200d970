/**
 * Statement lists: a scope object first, then the functions that are hoisted, then the rest in order.
 *
 *     { f(); let n = 0; function f() { n++; } }
 *     { const $s0 = new $S0($T); let f = $d1($s0); f(); $s0.n = 0; }
 */
import { types as t } from "@babel/core";
import { unlabelled } from "../analysis/declarations.ts";
import type { FunctionNode } from "../syntax.ts";
import { named } from "./names.ts";
import { abi, assign, at, declare, id, run } from "./nodes.ts";
import { isCapturedPattern, rewritePattern } from "./patterns.ts";
import { captured } from "./references.ts";
import { type Rewriter, statements } from "./rewriter.ts";
import { construct, openScope } from "./scope-objects.ts";

/** Rewrites a statement list whose scope object, if any, is open already. */
export function rewriteList(r: Rewriter, list: readonly t.Statement[], isTop: boolean): t.Statement[] {
  const hoisted = hoistFunctions(r, list, isTop);
  return [...hoisted, ...list.flatMap((statement) => r.statement(statement))];
}

/** Creations of the functions that a list declares; functions that stay native are left in their place. */
export function hoistFunctions(r: Rewriter, list: readonly t.Statement[], isTop: boolean): t.Statement[] {
  const declarations = new Map<string, t.FunctionDeclaration>();
  const found = list.map(unlabelled).filter((statement) => statement.type === "FunctionDeclaration");
  for (const node of found) {
    const earlier = declarations.get(node.id!.name);
    if (earlier) r.remains.set(earlier, []);
    declarations.set(node.id!.name, node);
  }
  const hoisted: t.Statement[] = [];
  for (const node of declarations.values()) {
    const { name } = node.id!;
    const binding = r.analysis.declared.get(node);
    const isCaptured = r.isCaptured(binding);
    const value = r.syntax.declaredFunction(r, node, !isCaptured);
    if (!value) continue;
    const blockVar = r.analysis.blockFunctionVars.get(node);
    if (isCaptured) {
      const own = t.memberExpression(r.useScope(binding.scope), id(name));
      hoisted.push(run(assign(own, value)));
      // Annex B.3.3: evaluating the declaration sets the function's `var` as well.
      r.remains.set(node, blockVar ? [setBlockVar(r, node, blockVar.captured)] : []);
    } else {
      hoisted.push(declare(isTop ? "var" : "let", name, value));
      r.remains.set(node, []);
    }
  }
  for (const statement of list)
    if (statement.type === "LabeledStatement") {
      const inner = unlabelled(statement);
      const remains = r.remains.get(inner);
      if (inner.type === "FunctionDeclaration" && remains) r.remains.set(statement, remains);
    }
  return hoisted;
}

function setBlockVar(r: Rewriter, node: t.FunctionDeclaration, isCaptured: boolean): t.Statement {
  const { name } = node.id!;
  const value = t.memberExpression(r.useScope(r.analysis.declared.get(node)!.scope), id(name));
  const variable = r.analysis.blockFunctionVars.get(node)!;
  if (isCaptured) return run(assign(t.memberExpression(r.useScope(variable.scope), id(name)), value));
  return declare("var", name, value);
}

/**
 * Puts a function's body together: directives stay, then temporaries, the prologue, hoisted functions, the rest. Gives how
 * many statements come before the hoisted functions.
 */
export function functionBody(r: Rewriter, node: FunctionNode, prologue: t.Statement[]): number {
  const { boundary } = r;
  if (node.body.type === "BlockStatement") {
    const list = rewriteList(r, node.body.body, true);
    const opening = [...r.tops(boundary), ...prologue];
    node.body.body = [...opening, ...list];
    return opening.length;
  }
  const value = r.expression(node.body);
  const opening = [...r.tops(boundary), ...prologue];
  (node as t.ArrowFunctionExpression).body =
    opening.length === 0 ? value : t.blockStatement([...opening, at(t.returnStatement(value), node.body)]);
  if (opening.length > 0) (node as t.ArrowFunctionExpression).expression = false;
  return opening.length;
}

/** The statements of a static block, with its variables' scope object. */
export function functionBodyOfBlock(r: Rewriter, node: t.StaticBlock): t.Statement[] {
  const opening = openScope(r, r.analysis.scopes.get(node));
  const list = rewriteList(r, node.body, true);
  return [...r.tops(r.boundary), ...opening, ...list];
}

export function visitBlock(r: Rewriter, node: t.BlockStatement): t.Node {
  const opening = openScope(r, r.analysis.scopes.get(node));
  node.body = [...opening, ...rewriteList(r, node.body, false)];
  return node;
}

/**
 * A switch has one scope for all of its cases, entered after the discriminant was evaluated:
 *
 *     { const $v = d; { const $s0 = new $S0($T); switch ($v) { … } } }
 */
export function visitSwitch(r: Rewriter, node: t.SwitchStatement): t.Node {
  const scope = r.analysis.scopes.get(node)!;
  node.discriminant = r.expression(node.discriminant);
  const opening = openScope(r, scope);
  opening.push(
    ...hoistFunctions(
      r,
      node.cases.flatMap((clause) => clause.consequent),
      false,
    ),
  );
  for (const clause of node.cases) {
    if (clause.test) clause.test = r.expression(clause.test);
    clause.consequent = clause.consequent.flatMap((statement) => r.statement(statement));
  }
  if (opening.length === 0) return node;
  const value = r.context.uniqueName("v");
  const discriminant = declare("const", value, node.discriminant);
  node.discriminant = id(value);
  // The discriminant does not see the names that are declared inside.
  return at(t.blockStatement([discriminant, t.blockStatement([...opening, node])]), node);
}

/** `catch (e) { $k.caught(e); … }` */
export function visitCatch(r: Rewriter, node: t.CatchClause): t.Node {
  const scope = r.analysis.scopes.get(node)!;
  const { param } = node;
  const isKept = param?.type === "Identifier" && !captured(r, param) && !scope.bindings.get(param.name)?.captured;
  const error = isKept ? param.name : r.context.uniqueName("e");
  const opening: t.Statement[] = [run(abi("caught", id(error)))];
  const object = r.open(scope);
  if (object && param?.type === "Identifier") {
    opening.push(
      declare(
        "const",
        object.variable,
        construct(object, scope, () => id(error)),
      ),
    );
  } else if (object && param) {
    opening.push(declare("const", object.variable, construct(object, scope)));
    opening.push(run(assign(rewritePattern(r, param, true) as t.LVal, id(error))));
  } else if (param && !isKept) {
    const pattern = rewritePattern(r, param, true) as t.LVal;
    opening.push(
      t.variableDeclaration("let", [t.variableDeclarator(pattern as t.VariableDeclarator["id"], id(error))]),
    );
  }
  node.param = at(id(error), param ?? node);
  const body = visitBlock(r, node.body) as t.BlockStatement;
  // Defaults and keys of a pattern do not see the names that the body declares.
  const isSimple = param === null || param === undefined || t.isIdentifier(param);
  node.body = isSimple ? body : t.blockStatement([body]);
  node.body.body.unshift(...opening);
  return node;
}

/** `var a = 1, b = 2` with `a` captured: `$s0.a = 1; var b = 2;` */
export function visitVariables(r: Rewriter, node: t.VariableDeclaration): t.Node {
  if (!node.declarations.some((declarator) => isCapturedPattern(r, declarator.id))) {
    for (const declarator of node.declarations) nativeDeclarator(r, declarator);
    return node;
  }
  const made: t.Statement[] = [];
  for (const declarator of node.declarations) {
    if (!isCapturedPattern(r, declarator.id)) {
      nativeDeclarator(r, declarator);
      made.push(at(t.variableDeclaration(node.kind, [declarator]), node));
      continue;
    }
    const assignment = capturedDeclarator(r, declarator, node.kind === "var");
    if (assignment) made.push(at(run(assignment), declarator));
  }
  return statements(made);
}

/** The assignment that a captured declarator becomes; undefined for `var x;`. */
export function capturedDeclarator(r: Rewriter, node: t.VariableDeclarator, isVar: boolean): t.Expression | undefined {
  const value = declaratorValue(r, node);
  if (!value) {
    if (isVar) return undefined;
    return assign(rewritePattern(r, node.id, true) as t.LVal, t.unaryExpression("void", t.numericLiteral(0)));
  }
  return at(assign(rewritePattern(r, node.id, true) as t.LVal, value), node);
}

function declaratorValue(r: Rewriter, node: t.VariableDeclarator): t.Expression | undefined {
  if (!node.init) return undefined;
  return named(r, node.init, node.id.type === "Identifier" ? node.id.name : undefined, true);
}

/** Rewrites a declarator whose variables stay native. */
export function nativeDeclarator(r: Rewriter, node: t.VariableDeclarator): void {
  node.id = rewritePattern(r, node.id, true) as typeof node.id;
  if (node.init) node.init = named(r, node.init, node.id.type === "Identifier" ? node.id.name : undefined, false);
}
