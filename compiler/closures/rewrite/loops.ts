/**
 * Loops whose variables are captured: every iteration has a scope object of its own.
 *
 *     for (let i = 0; i < 3; i++) fns.push(() => i);
 *     for (let $s0 = new $S0(0); $s0.i < 3; $s0 = new $S0($s0.i), $s0.i++) fns.push($d1($s0));
 *
 * The copy is made before the increment. Functions in the initialiser see the variables as they were before the first
 * iteration's copy, so then a copy is made first. for-in and for-of make an object at the start of each iteration.
 */
import { types as t } from "@babel/core";
import { boundNames } from "../analysis/declarations.ts";
import type { Binding, Scope } from "../analysis/model.ts";
import { makesFunctions } from "../syntax.ts";
import { capturedDeclarator, nativeDeclarator } from "./blocks.ts";
import type { ScopeObject } from "./boundary.ts";
import { assign, at, declare, field, id, nothing, run, sequence, tdz } from "./nodes.ts";
import { isCapturedPattern, rewritePattern } from "./patterns.ts";
import { captured } from "./references.ts";
import type { Rewriter } from "./rewriter.ts";
import { construct, openInExpression } from "./scope-objects.ts";

export function visitFor(r: Rewriter, node: t.ForStatement): t.Node {
  const scope = r.analysis.scopes.get(node)!;
  const { init } = node;
  if (init?.type === "VariableDeclaration" && init.kind === "var") {
    node.init = varHead(r, init);
  } else if (init?.type === "VariableDeclaration") {
    const makes = init.declarations.some((declarator) => declarator.init && makesFunctions(declarator.init));
    const object = r.open(scope);
    if (object) {
      node.init = lexicalHead(r, init, scope, object, makes);
      if (init.kind === "let") iterate(r, node, object);
      return rest(r, node);
    }
    for (const declarator of init.declarations) nativeDeclarator(r, declarator);
  } else if (init) node.init = r.expression(init);
  if (node.update) node.update = r.expression(node.update);
  return rest(r, node);
}

function rest(r: Rewriter, node: t.ForStatement): t.Node {
  if (node.test) node.test = r.expression(node.test);
  node.body = r.single(node.body);
  return node;
}

const copyOf = (object: ScopeObject): t.Expression =>
  t.newExpression(
    id(object.className),
    object.fields.map((name) => field(id(object.variable), name)),
  );

function iterate(r: Rewriter, node: t.ForStatement, object: ScopeObject): void {
  const copy = assign(id(object.variable), copyOf(object));
  node.update = node.update ? sequence(copy, r.expression(node.update)) : copy;
}

/** The head's declarations in order: values go straight into the constructor where nothing can look in between. */
function lexicalHead(
  r: Rewriter,
  init: t.VariableDeclaration,
  scope: Scope,
  object: ScopeObject,
  makesClosures: boolean,
): t.VariableDeclaration {
  const values = new Map<string, t.Expression>();
  const following = [...init.declarations];
  while (following.length > 0) {
    const first = following[0]!;
    const { id: target, init: value } = first;
    if (target.type !== "Identifier" || !captured(r, target) || !isIndependent(value)) break;
    if (values.size !== object.fields.indexOf(target.name)) break;
    values.set(target.name, value ? r.expression(value) : nothing());
    following.shift();
  }
  const initial = (binding: Binding): t.Expression => values.get(binding.name) ?? tdz();
  const declarators = [t.variableDeclarator(id(object.variable), construct(object, scope, initial))];
  const discard = (value: t.Expression) => t.variableDeclarator(id(r.context.uniqueName("v")), value);
  for (const declarator of following) {
    if (isCapturedPattern(r, declarator.id)) declarators.push(discard(capturedDeclarator(r, declarator, false)!));
    else {
      nativeDeclarator(r, declarator);
      declarators.push(declarator);
    }
  }
  if (makesClosures && init.kind === "let") declarators.push(discard(assign(id(object.variable), copyOf(object))));
  return at(t.variableDeclaration("let", declarators), init);
}

/** A value that mentions no variable: it may be computed before the scope object is there. */
const isIndependent = (node: t.Node | null | undefined): boolean =>
  !node ||
  node.type === "NumericLiteral" ||
  node.type === "StringLiteral" ||
  node.type === "BooleanLiteral" ||
  node.type === "NullLiteral";

/** `for (var a = 1, b = 2; …)` with `a` captured: an expression; `b` is declared at the function's top. */
function varHead(r: Rewriter, init: t.VariableDeclaration): t.VariableDeclaration | t.Expression | null {
  if (!init.declarations.some((declarator) => isCapturedPattern(r, declarator.id))) {
    for (const declarator of init.declarations) nativeDeclarator(r, declarator);
    return init;
  }
  const parts: t.Expression[] = [];
  for (const declarator of init.declarations) {
    if (isCapturedPattern(r, declarator.id)) {
      const assignment = capturedDeclarator(r, declarator, true);
      if (assignment) parts.push(assignment);
      continue;
    }
    for (const name of boundNames(declarator.id)) r.boundary.vars.add(name);
    nativeDeclarator(r, declarator);
    if (declarator.init) parts.push(assign(declarator.id as t.LVal, declarator.init));
  }
  return parts.length === 0 ? null : at(sequence(...parts), init);
}

export function visitForEach(r: Rewriter, node: t.ForInStatement | t.ForOfStatement): t.Node {
  const { left } = node;
  if (left.type !== "VariableDeclaration") {
    node.right = r.expression(node.right);
    node.left = rewritePattern(r, left, false) as typeof node.left;
    node.body = r.single(node.body);
    return node;
  }
  if (left.kind === "var") return varForEach(r, node, left);
  const head = openInExpression(r, r.analysis.innerScopes.get(node)!);
  const right = r.expression(node.right);
  node.right = head ? at(sequence(...head.creation, right), right) : right;
  const scope = r.analysis.scopes.get(node)!;
  const pattern = left.declarations[0]!.id;
  const object = r.open(scope);
  if (!object) {
    left.declarations[0]!.id = rewritePattern(r, pattern, true) as typeof pattern;
    node.body = r.single(node.body);
    return node;
  }
  const value = r.context.uniqueName("v");
  left.declarations[0]!.id = at(id(value), pattern);
  if (left.kind === "let") left.kind = "const";
  const opening: t.Statement[] = [];
  if (pattern.type === "Identifier") {
    opening.push(
      declare(
        "const",
        object.variable,
        construct(object, scope, () => id(value)),
      ),
    );
  } else {
    opening.push(declare("const", object.variable, construct(object, scope)));
    opening.push(run(assign(rewritePattern(r, pattern, true) as t.LVal, id(value))));
  }
  const body = r.single(node.body);
  if (body.type === "BlockStatement") {
    body.body.unshift(...opening);
    node.body = body;
  } else node.body = at(t.blockStatement([...opening, body]), body);
  return node;
}

function varForEach(r: Rewriter, node: t.ForInStatement | t.ForOfStatement, left: t.VariableDeclaration): t.Node {
  const declarator = left.declarations[0]!;
  if (isCapturedPattern(r, declarator.id)) {
    // `for (var x = 1 in o)`, sloppy only: the initialiser runs once, before.
    const before = declarator.init ? capturedDeclarator(r, t.cloneNode(declarator, false), true) : undefined;
    node.left = rewritePattern(r, declarator.id, true) as typeof node.left;
    node.right = r.expression(node.right);
    if (before) node.right = sequence(before, node.right);
  } else {
    nativeDeclarator(r, declarator);
    node.right = r.expression(node.right);
  }
  node.body = r.single(node.body);
  return node;
}
