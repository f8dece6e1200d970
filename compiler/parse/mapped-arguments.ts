/**
 * A sloppy function's `arguments` shares its elements with the parameters. Where a parameter lives in a scope object or a frame,
 * the engine's own object no longer does, and one of ours takes its place:
 *
 *   async function f(a) { a = 2; await null; return arguments[0]; }
 *   →
 *   async function f(a) { var $args = $k.mapped(arguments, [() => a, ($v) => { a = $v; }]); a = 2; await null; return $args[0]; }
 *
 * Boundary: before ids are given; functions in which nobody could tell stay as they are.
 */
import { types as t } from "@babel/core";
import { abiCall } from "../abi-syntax.ts";
import { lexicalDeclarations, varDeclarations } from "../closures/analysis/declarations.ts";
import { childrenOf } from "../closures/syntax.ts";
import { argumentsMayAlias } from "./argument-aliases.ts";
import { isStrictFunction } from "./open-scopes/contains.ts";

/** True when the tree was changed. */
export function mapArguments(ast: t.File, source: string, isStrict: boolean): boolean {
  if (isStrict || !/\b(?:arguments|eval)\b/.test(source)) return false;
  let isChanged = false;
  const free = (base: string): string => (source.includes(base) ? free(`$${base}`) : base);
  const names = { args: free("$args"), value: free("$v") };
  const visit = (node: t.Node, strict: boolean): void => {
    const inner = strict || t.isClass(node) || (t.isFunction(node) && isStrictFunction(node));
    for (const child of childrenOf(node)) visit(child, inner);
    if (inner || !t.isFunction(node) || node.type === "ArrowFunctionExpression") return;
    if (!canTell(node)) return;
    isChanged = true;
    replace(node, names.args, names.value);
  };
  visit(ast.program, false);
  return isChanged;
}

function canTell(node: t.Function): boolean {
  const { params } = node;
  if (params.length === 0 || !t.isBlockStatement(node.body)) return false;
  if (!params.every((one) => t.isIdentifier(one) && one.name !== "arguments")) return false;
  const { body } = node.body;
  const { vars, functions } = varDeclarations(body);
  const own = [...vars, ...functions, ...lexicalDeclarations(body, true).map(({ name }) => name)];
  if (own.includes("arguments") || !mentions(node.body, new Set(["arguments"]), false)) return false;
  const parameters = new Set((params as t.Identifier[]).map(({ name }) => name));
  const isAssigned = assigns(node.body, parameters);
  // What suspends has all of its parameters in a frame, others only those that are captured.
  const leavesMapping = node.async || node.generator || mentions(node.body, parameters, true);
  return leavesMapping && argumentsMayAlias(node, isAssigned);
}

/** `within`: only inside of functions; else not in those that have an `arguments` of their own. */
function mentions(node: t.Node, names: ReadonlySet<string>, within: boolean): boolean {
  if (node.type === "Identifier" && !within) return names.has(node.name);
  return childrenOf(node).some((child) => {
    const isFunction = t.isFunction(child) || t.isClass(child);
    if (within) return mentions(child, names, !isFunction);
    return (
      !(t.isFunction(child) && child.type !== "ArrowFunctionExpression" && names.has("arguments")) &&
      mentions(child, names, false)
    );
  });
}

function assigns(node: t.Node, names: ReadonlySet<string>): boolean {
  const target =
    node.type === "AssignmentExpression" || t.isForXStatement(node)
      ? node.left
      : node.type === "UpdateExpression"
        ? node.argument
        : null;
  if (target !== null && Object.keys(t.getBindingIdentifiers(target, false, false)).some((name) => names.has(name)))
    return true;
  if (target !== null && (t.isArrayPattern(target) || t.isObjectPattern(target)) && mentions(target, names, false))
    return true;
  if (t.isVariableDeclarator(node) && node.init && t.isIdentifier(node.id) && names.has(node.id.name)) return true;
  if (node.type === "FunctionDeclaration" && names.has(node.id!.name)) return true;
  return childrenOf(node).some((child) => assigns(child, names));
}

function replace(node: t.Function, name: string, value: string): void {
  const { body } = node as { body: t.BlockStatement };
  rename(body, name);
  const params = node.params as t.Identifier[];
  const parts = params.flatMap((one, index): t.Expression[] => {
    // Of parameters with one name the last is the variable.
    if (params.findLastIndex((other) => other.name === one.name) !== index) return [t.nullLiteral(), t.nullLiteral()];
    const write = t.assignmentExpression("=", t.identifier(one.name), t.identifier(value));
    return [
      t.arrowFunctionExpression([], t.identifier(one.name)),
      t.arrowFunctionExpression([t.identifier(value)], t.blockStatement([t.expressionStatement(write)])),
    ];
  });
  const mapped = abiCall("mapped", t.identifier("arguments"), t.arrayExpression(parts));
  body.body.unshift(t.variableDeclaration("var", [t.variableDeclarator(t.identifier(name), mapped)]));
}

/** Of the function itself and its arrow functions. */
function rename(node: t.Node, name: string): void {
  for (const child of childrenOf(node)) {
    if (child.type === "Identifier" && child.name === "arguments" && isReference(child, node)) child.name = name;
    const isOwn = t.isFunction(child) && child.type !== "ArrowFunctionExpression";
    if (!isOwn) rename(child, name);
    else if ("key" in child && child.computed) rename(t.expressionStatement(child.key as t.Expression), name);
  }
}

function isReference(node: t.Identifier, parent: t.Node): boolean {
  if (t.isObjectProperty(parent)) {
    if (parent.key === node && !parent.computed) {
      if (parent.shorthand) {
        parent.key = t.identifier(node.name);
        parent.shorthand = false;
        return parent.value === node;
      }
      return parent.value === node && parent.key !== parent.value;
    }
    return true;
  }
  if ((t.isMemberExpression(parent) || t.isOptionalMemberExpression(parent)) && parent.property === node)
    return parent.computed;
  if ((t.isMethod(parent) || t.isProperty(parent)) && parent.key === node) {
    return (parent as { computed?: boolean }).computed === true;
  }
  return !t.isLabeledStatement(parent) && !t.isBreakStatement(parent) && !t.isContinueStatement(parent);
}
