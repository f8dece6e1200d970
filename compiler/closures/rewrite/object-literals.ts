/**
 * Object literals with methods and accessors in nested code:
 *
 *     { a: 1, m() { … }, get b() { … }, c: 2 }
 *     $k.accessor({ a: 1, m: $d1($s0), b: void 0, c: 2 }, "b", $d2($s0), void 0)
 *
 * Accessors are put over placeholders, so that keys keep their order. Where a later part of the literal could define the
 * same key again, the literal is cut there: `$k.extend($k.accessor({…}, …), { rest })`.
 */
import { types as t } from "@babel/core";
import { isAnonymousFunction } from "../syntax.ts";
import { insideOf, kindOf, methodValue, staysNative } from "./functions.ts";
import type { Name } from "./name.ts";
import { named, staticKey } from "./names.ts";
import { abi, assign, at, field, nothing, sequence, text } from "./nodes.ts";
import type { Rewriter } from "./rewriter.ts";
import { openInExpression } from "./scope-objects.ts";

type Property = t.ObjectExpression["properties"][number];

interface Accessor {
  readonly key: t.Expression;
  getter: t.Expression | undefined;
  setter: t.Expression | undefined;
}

/** A stretch of properties that stays one literal, and the accessors to put over it. */
interface Segment {
  readonly properties: Property[];
  readonly accessors: Accessor[];
}

export function visitObject(r: Rewriter, node: t.ObjectExpression): t.Node {
  const scope = r.analysis.scopes.get(node)!;
  const own = openInExpression(r, scope);
  const segments: Segment[] = [{ properties: [], accessors: [] }];
  for (const property of node.properties) rewriteProperty(r, property, segments);
  const [first, ...others] = segments;
  node.properties = first!.properties;
  let made = withAccessors(node, first!);
  for (const segment of others) {
    const rest = t.objectExpression(segment.properties);
    const prototype = segment.properties.some(setsPrototype) ? [t.booleanLiteral(true)] : [];
    made = withAccessors(segment.properties.length > 0 ? abi("extend", made, rest, ...prototype) : made, segment);
  }
  if (!own) return at(made, node);
  return at(sequence(...own.creation, assign(field(r.use(own.object), "super"), made)), node);
}

function withAccessors(object: t.Expression, segment: Segment): t.Expression {
  let made = object;
  for (const { key, getter, setter } of segment.accessors)
    made = abi("accessor", made, key, getter ?? nothing(), setter ?? nothing());
  return made;
}

const setsPrototype = (property: Property): boolean =>
  property.type === "ObjectProperty" &&
  !property.shorthand &&
  staticKey(property.key, property.computed) === "__proto__" &&
  !property.computed;

function rewriteProperty(r: Rewriter, property: Property, segments: Segment[]): void {
  const last = segments.at(-1)!;
  if (property.type === "SpreadElement") {
    property.argument = r.expression(property.argument);
    return void segmentFor(segments, undefined).properties.push(property);
  }
  const key = staticKey(property.key, property.computed);
  if (property.type === "ObjectMethod" && property.kind !== "method") {
    accessor(r, property, key, segments);
    return;
  }
  const holder = last.accessors.length === 0 ? last : segmentFor(segments, key);
  if (property.type === "ObjectMethod") return void holder.properties.push(method(r, property, key));
  if (!isAnonymousFunction(property.value) || setsPrototype(property)) {
    if (property.computed) property.key = r.expression(property.key as t.Expression);
    const value = r.expression(property.value as t.Expression);
    if (value !== property.value) property.shorthand = false;
    property.value = value;
  } else if (key !== undefined) {
    property.value = named(r, property.value as t.Expression, key, false);
  } else {
    const name = computedName(r, property);
    property.value = named(r, property.value as t.Expression, name, false);
    name.finish();
  }
  holder.properties.push(property);
}

/** The last segment, or a new one when the key might meet an accessor of the last. */
function segmentFor(segments: Segment[], key: string | undefined): Segment {
  const last = segments.at(-1)!;
  const meets = last.accessors.some(
    ({ key: other }) => key === undefined || (other as t.StringLiteral).value === key || other.type !== "StringLiteral",
  );
  if (!meets) return last;
  const made: Segment = { properties: [], accessors: [] };
  segments.push(made);
  return made;
}

/** A computed key that a moved function is named by: it goes through a temporary when it is asked for. */
function computedName(r: Rewriter, property: t.ObjectProperty | t.ObjectMethod): Name & { finish: () => void } {
  const key = r.expression(property.key as t.Expression);
  let held: t.Identifier | undefined;
  return {
    kind: "key",
    key: () => {
      held ??= r.temporary();
      return t.cloneNode(held);
    },
    finish: () => {
      property.key = held ? assign(held, abi("key", key)) : key;
    },
  };
}

function method(r: Rewriter, node: t.ObjectMethod, key: string | undefined): Property {
  const boundary = insideOf(r, node);
  if (staysNative(r, boundary)) {
    if (node.computed) node.key = r.expression(node.key);
    r.context.addFunction(node, kindOf(node));
    return node;
  }
  const name = key === undefined ? computedName(r, node) : undefined;
  const value = methodValue(r, node, boundary, name ?? { kind: "static", name: key! });
  name?.finish();
  const isComputed = node.computed || key === "__proto__";
  const literalKey = key === "__proto__" ? text(key) : node.key;
  return at(t.objectProperty(literalKey as t.Expression, value, isComputed), node);
}

function accessor(r: Rewriter, node: t.ObjectMethod, key: string | undefined, segments: Segment[]): void {
  const boundary = insideOf(r, node);
  const last = segments.at(-1)!;
  if (staysNative(r, boundary)) {
    if (node.computed) node.key = r.expression(node.key);
    r.context.addFunction(node, kindOf(node));
    const holder = last.accessors.length === 0 ? last : segmentFor(segments, key);
    return void holder.properties.push(node);
  }
  const prefix = node.kind as "get" | "set";
  const half = prefix === "get" ? "getter" : "setter";
  if (key === undefined) {
    // The key is evaluated where it stands: what comes before is finished first, what follows comes later.
    const held = r.temporary();
    const keyExpression = assign(held, abi("key", r.expression(node.key)));
    const name: Name = { kind: "key", key: () => abi("accessorName", text(prefix), t.cloneNode(held)) };
    const made: Accessor = { key: keyExpression, getter: undefined, setter: undefined };
    made[half] = methodValue(r, node, boundary, name);
    segments.push({ properties: [], accessors: [made] });
    return void segments.push({ properties: [], accessors: [] });
  }
  const value = methodValue(r, node, boundary, { kind: "static", name: `${prefix} ${key}` });
  const present = last.accessors.find((other) => (other.key as t.StringLiteral).value === key);
  if (present) {
    present[half] = value;
    return;
  }
  const made: Accessor = { key: text(key), getter: undefined, setter: undefined };
  made[half] = value;
  last.properties.push(t.objectProperty(text(key), nothing(), key === "__proto__"));
  last.accessors.push(made);
}
