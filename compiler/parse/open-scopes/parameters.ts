/**
 * Variables that an `eval` among the parameters declares are seen by all parameters and the body, and are outside of both:
 *
 *   (a, { [k]: b }, c = eval("var x = 1"), d) => x
 *   →
 *   (a, $p, ...{ "#": $e = $k.layer(), "#0": { [k]: b } = $p, 0: c = …, 1: d }) => …
 *
 * The pattern is read in order, so the layer is there first, and a function's `length` counts up to the first default either way.
 * A setter takes no rest, and nothing but the rest itself names what an arrow function with one was given. There all is inside:
 *
 *   (a, b = eval("var x = 1"), ...c) => x     →     ($p, ...$p2) => $k.enter(($e, a, b = …, ...c) => …, [$p], $p2)
 *
 * An asynchronous one gives the promise of the one inside as it is: both are `async`, and the frames phase makes a frame of the
 * inner one only (`isEntrance` of frames/suspends.ts).
 */
import { types as t } from "@babel/core";
import { abiCall } from "../../abi-syntax.ts";
import { hasExpressions } from "./contains.ts";

/** `fresh` gives names that the source does not have. */
export function addLayer(node: t.Function, variable: string, fresh: (base: string) => string): void {
  if (isEntered(node)) enter(node, variable, fresh);
  else leadRest(node, variable, fresh);
}

function isEntered(node: t.Function): boolean {
  if (node.type === "ArrowFunctionExpression") return node.params.at(-1)!.type === "RestElement";
  return "kind" in node && node.kind === "set";
}

/** How many parameters a function's `length` counts. */
function lengthOf(params: readonly t.Node[]): number {
  const end = params.findIndex(({ type }) => type === "AssignmentPattern" || type === "RestElement");
  return end < 0 ? params.length : end;
}

function leadRest(node: t.Function, variable: string, fresh: (base: string) => string): void {
  const params = node.params as t.Node[];
  const first = params.findIndex((one) => hasExpressions(one));
  const counted = Math.max(first, lengthOf(params));
  const properties = [property(t.stringLiteral("#"), withDefault(t.identifier(variable), abiCall("layer")))];
  for (let index = first; index < counted; index++) {
    const name = fresh("p");
    const pattern = withDefault(params[index] as t.PatternLike, t.identifier(name));
    properties.push(property(t.stringLiteral(`#${index}`), pattern));
    params[index] = t.identifier(name);
  }
  const rest = params.slice(counted);
  for (const [index, one] of rest.entries()) {
    if (one.type !== "RestElement") properties.push(property(t.numericLiteral(index), one as t.PatternLike));
    else {
      const given = abiCall("given", t.identifier("arguments"), t.numericLiteral(counted + index));
      properties.push(property(t.stringLiteral("#rest"), withDefault(one.argument as t.PatternLike, given)));
    }
  }
  params.splice(counted, rest.length, t.restElement(t.objectPattern(properties)));
}

function enter(node: t.Function, variable: string, fresh: (base: string) => string): void {
  const params = node.params as t.FunctionParameter[];
  const inner = t.arrowFunctionExpression([t.identifier(variable), ...params], node.body, node.async);
  const counted = params.slice(0, lengthOf(params)).map(() => fresh("p"));
  const others = fresh("p");
  const isSetter = node.type !== "ArrowFunctionExpression";
  // A setter whose parameter has a default has no `length`.
  const isCounted = counted.length > 0;
  const value = (): t.Identifier => t.identifier(isCounted ? counted[0]! : others);
  const given = isSetter ? [value()] : counted.map((name) => t.identifier(name));
  const call = abiCall(
    "enter",
    inner,
    t.arrayExpression(given),
    isSetter ? t.arrayExpression([]) : t.identifier(others),
  );
  if (isSetter) {
    const absent = t.unaryExpression("void", t.numericLiteral(0));
    node.params = [isCounted ? value() : withDefault(value(), absent)] as never;
    node.body = t.blockStatement([t.expressionStatement(call)]);
    return;
  }
  node.params = [...given.map((one) => t.cloneNode(one)), t.restElement(t.identifier(others))];
  node.body = call;
  if (node.async) node.extra = { ...node.extra, kawaitEntrance: true };
  (node as t.ArrowFunctionExpression).expression = true;
}

const property = (key: t.Expression, value: t.PatternLike): t.ObjectProperty => t.objectProperty(key, value, true);

const withDefault = (pattern: t.PatternLike, value: t.Expression): t.AssignmentPattern =>
  t.assignmentPattern(pattern as t.Identifier, value);
