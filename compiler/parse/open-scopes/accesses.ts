/**
 * A name that may be found in a layer, in each position:
 *
 *   x          →   "x" in $e ? $e.x : x                    $k.withHas($w, "x") ? $k.withGet($w, "x", false) : x
 *   x += 1     →   $k.find("x", $e, null, { get x() { return x; }, set x($v) { x = $v; } }).x += 1
 *   f(1)       →   $k.callFound($k.withHas($w, "f") ? [$k.withGet($w, "f", false), $w] : [f, void 0], 1)
 *
 * The layer is looked for before a value is evaluated, as the standard resolves a reference.
 */
import { types as t } from "@babel/core";
import { abiCall, member } from "../../abi-syntax.ts";
import type { Layer, Resolution } from "./environment.ts";

const nothing = (): t.Expression => t.unaryExpression("void", t.numericLiteral(0));

function has({ isWith, object }: Layer, name: string): t.Expression {
  const text = t.stringLiteral(name);
  return isWith ? abiCall("withHas", object(), text) : t.binaryExpression("in", text, object());
}

function get({ isWith, object }: Layer, name: string, isStrict: boolean): t.Expression {
  if (!isWith) return member(object(), name);
  return abiCall("withGet", object(), t.stringLiteral(name), t.booleanLiteral(isStrict));
}

/** The outcome by the first layer that has the name. */
function choose(
  layers: readonly Layer[],
  name: string,
  found: (layer: Layer) => t.Expression,
  otherwise: t.Expression,
): t.Expression {
  return layers.reduceRight<t.Expression>(
    (rest, layer) => t.conditionalExpression(has(layer, name), found(layer), rest),
    otherwise,
  );
}

/** @param isRead a name that is not there is an error */
export const plain = ({ via }: Resolution, name: string, isRead = false): t.Expression =>
  via?.(name, isRead) ?? t.identifier(name);

export function read(resolution: Resolution, name: string, isStrict: boolean): t.Expression {
  return choose(resolution.layers, name, (layer) => get(layer, name, isStrict), plain(resolution, name, true));
}

export function typeOf(resolution: Resolution, name: string, isStrict: boolean): t.Expression {
  const ask = (value: t.Expression): t.Expression => t.unaryExpression("typeof", value);
  return choose(resolution.layers, name, (layer) => ask(get(layer, name, isStrict)), ask(plain(resolution, name)));
}

export function remove(resolution: Resolution, name: string): t.Expression {
  const found = ({ isWith, object }: Layer): t.Expression =>
    isWith
      ? abiCall("withDelete", object(), t.stringLiteral(name))
      : t.unaryExpression("delete", member(object(), name));
  const otherwise = resolution.via ? t.booleanLiteral(false) : t.unaryExpression("delete", t.identifier(name));
  return choose(resolution.layers, name, found, otherwise);
}

/** `[function, receiver]` */
export function callee(resolution: Resolution, name: string, isStrict: boolean): t.Expression {
  const found = (layer: Layer): t.Expression =>
    t.arrayExpression([get(layer, name, isStrict), layer.isWith ? layer.object() : nothing()]);
  return choose(resolution.layers, name, found, t.arrayExpression([plain(resolution, name, true), nothing()]));
}

/** A member expression that can be assigned to. */
export function target(resolution: Resolution, name: string, isStrict: boolean, value: string): t.MemberExpression {
  const property = (reading: t.Expression, writing: t.Expression): t.Expression => {
    const key = (): t.Expression => t.stringLiteral(name);
    return t.objectExpression([
      t.objectMethod("get", key(), [], t.blockStatement([t.returnStatement(reading)]), true),
      t.objectMethod("set", key(), [t.identifier(value)], t.blockStatement([t.expressionStatement(writing)]), true),
    ]);
  };
  const parts = resolution.layers.flatMap((layer): t.Expression[] => {
    if (!layer.isWith) return [layer.object(), t.nullLiteral()];
    const strict = t.booleanLiteral(isStrict);
    const write = abiCall("withSet", layer.object(), t.stringLiteral(name), t.identifier(value), strict);
    return [layer.object(), property(get(layer, name, isStrict), write)];
  });
  const assignment = t.assignmentExpression("=", plain(resolution, name) as t.LVal & t.Expression, t.identifier(value));
  const last = property(plain(resolution, name), assignment);
  return member(abiCall("find", t.stringLiteral(name), ...parts, last), name);
}
