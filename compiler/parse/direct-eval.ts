/**
 * A direct `eval` of strict code becomes a call that says what it sees:
 *
 *   eval(text)   →   $k.direct(eval, this, ["trip", () => trip, ($v) => { trip = $v; }, …], text)
 *
 * The arrow functions are closures like any other, so the variables that the text may read and write live in scope objects, and
 * functions that the text makes are saved with them. The text is compiled against the names (compiler/dynamic). In sloppy code
 * a text could declare variables in the function around it: that stays native, or is refused (closures/analysis/opaque.ts).
 *
 * Boundary: before ids are given; `super`, `new.target` and private names are not seen by the text.
 */
import { type NodePath, types as t, traverse } from "@babel/core";
import { SCRIPT_NAMES } from "../phase.ts";

/** Of a module in strict mode. True when the tree was changed. */
export function nameWhatEvalSees(ast: t.File, source: string): boolean {
  if (!/\beval\b/.test(source)) return false;
  let value = "$v";
  while (source.includes(value)) value = `$${value}`;
  let isChanged = false;
  traverse(ast, {
    OptionalCallExpression(path) {
      const { callee, optional } = path.node;
      // `eval?.(text)` is no direct one.
      if (!optional || !t.isIdentifier(callee, { name: "eval" })) return;
      path.node.callee = t.sequenceExpression([t.numericLiteral(0), callee]);
      isChanged = true;
    },
    CallExpression(path) {
      const { callee, arguments: given } = path.node;
      if (!t.isIdentifier(callee, { name: "eval" }) || isInDerivedConstructor(path)) return;
      const names = t.arrayExpression(bindingsAt(path, value));
      const direct = t.memberExpression(t.identifier(SCRIPT_NAMES.abi), t.identifier("direct"));
      path.replaceWith(t.inherits(t.callExpression(direct, [callee, t.thisExpression(), names, ...given]), path.node));
      path.skip();
      isChanged = true;
    },
  });
  return isChanged;
}

/** `this` may not be there yet. */
function isInDerivedConstructor(path: NodePath): boolean {
  const owner = path.findParent((parent) => parent.isFunction() && !parent.isArrowFunctionExpression());
  if (owner === null || !owner.isClassMethod({ kind: "constructor" })) return false;
  return (owner.parentPath.parent as t.Class).superClass != null;
}

/** For each name that is visible: it, how it is read, and how it is written. */
function bindingsAt(path: NodePath, value: string): t.Expression[] {
  const parts: t.Expression[] = [];
  for (const [name, binding] of Object.entries(path.scope.getAllBindings())) {
    const write = t.assignmentExpression("=", t.identifier(name), t.identifier(value));
    const setter = t.arrowFunctionExpression([t.identifier(value)], t.blockStatement([t.expressionStatement(write)]));
    const isImport = binding.kind === "module";
    parts.push(t.stringLiteral(name), reader(t.identifier(name)), isImport ? t.nullLiteral() : setter);
  }
  const owner = path.findParent((parent) => parent.isFunction() && !parent.isArrowFunctionExpression());
  if (owner !== null) parts.push(t.stringLiteral("arguments"), reader(t.identifier("arguments")), t.nullLiteral());
  return parts;
}

const reader = (read: t.Expression): t.Expression => t.arrowFunctionExpression([], read);
