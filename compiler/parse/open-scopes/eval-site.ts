/**
 * A direct `eval` becomes a call that says what its text sees:
 *
 *   eval(text)   →   $k.direct($k.global.eval, this, '{"variables":"0","scopes":[["variables","trip"],["layer","0"]]}',
 *                              ["trip", () => trip, ($v) => { trip = $v; }], [$e], text)
 *
 * The arrow functions are closures like any other, so what the text may read and write lives in scope objects, and functions
 * that the text makes are saved with them. The text is compiled against the description (compiler/dynamic/direct-unit.ts).
 */
import { types as t } from "@babel/core";
import { abiCall, member } from "../../abi-syntax.ts";
import { plain } from "./accesses.ts";
import type { Environment, Layer } from "./environment.ts";

/** Where the `var`s of sloppy texts go. */
export type Variables = "strict" | "global" | Layer;

/** What the text may say beside names. */
export interface Owner {
  /** `this` may not be there yet. */
  readonly isDerived: boolean;
  readonly hasNewTarget: boolean;
  readonly hasSuper: boolean;
  readonly hasSuperCall: boolean;
  /** The initialiser of a field: its text may not say `arguments`. */
  readonly isField: boolean;
  /** Without `#`. */
  readonly privateNames: readonly string[];
  /** In the text of an `eval`: the object that stands for what is around it. Null where `this` is a function's of the text. */
  readonly via: string | null;
  /** Likewise, for these private names. */
  readonly privateVia: { readonly object: string; readonly names: readonly string[] } | null;
}

export interface Site {
  readonly environment: Environment | null;
  readonly variables: Variables;
  readonly owner: Owner;
  /** Names that nothing may assign: imports. */
  readonly isReadOnly: (name: string) => boolean;
  /** Free for a parameter. */
  readonly value: string;
}

/** What a text is compiled against, as JSON: the request's `names`. */
export interface Surroundings {
  /** "strict", "global", or the place of a layer. */
  readonly variables: string;
  /** From the inside out: `["barred" | "variables" | "passed", …names]`, `["layer" | "with", place]`. */
  readonly scopes: readonly (readonly string[])[];
  readonly owner: Omit<Owner, "via" | "privateVia">;
}

/** `text`: what the call is given, where that is known. */
export function evalCall(callee: t.Expression, given: t.CallExpression["arguments"], site: Site): t.CallExpression {
  const text = t.isStringLiteral(given[0]) ? given[0].value : null;
  const isMentioned = (name: string): boolean => text === null || text.includes("eval") || text.includes(name);
  const bindings: t.Expression[] = [];
  const layers: t.Expression[] = [];
  const scopes: string[][] = [];
  const seen = new Set<string>();
  let { variables } = site as { variables: Variables | string };
  for (let at = site.environment; at !== null; at = at.outer) {
    if (at.kind === "layer") {
      if (at === site.variables) variables = String(layers.length);
      scopes.push([at.isWith ? "with" : "layer", String(layers.length)]);
      layers.push(at.object());
      continue;
    }
    const mentioned = [...at.names].filter((name) => isMentioned(name));
    if (mentioned.length > 0) scopes.push([at.role, ...mentioned]);
    for (const name of mentioned) {
      if (seen.has(name)) continue;
      seen.add(name);
      const place = (): t.Expression => plain({ layers: [], via: (at as { via: undefined }).via, isBound: true }, name);
      const isFixed =
        site.isReadOnly(name) || (site.variables === "strict" && (name === "arguments" || name === "eval"));
      bindings.push(t.stringLiteral(name), arrow([], place()), isFixed ? t.nullLiteral() : writer(place(), site.value));
    }
  }
  bindings.push(...special(site, isMentioned));
  const { via: _, privateVia: __, ...owner } = site.owner;
  const surroundings: Surroundings = { variables: variables as string, scopes, owner };
  return abiCall(
    "direct",
    callee,
    site.owner.isDerived ? t.unaryExpression("void", t.numericLiteral(0)) : t.thisExpression(),
    t.stringLiteral(JSON.stringify(surroundings)),
    t.arrayExpression(bindings),
    t.arrayExpression(layers),
    ...(given as t.Expression[]),
  );
}

/** `this` where it may come later, `new.target`, `super` and private names. */
function special({ owner, value }: Site, isMentioned: (name: string) => boolean): t.Expression[] {
  const parts: t.Expression[] = [];
  const add = (name: string, made: t.Expression): void => {
    parts.push(t.stringLiteral(name), made, t.nullLiteral());
  };
  const around = (name: string, made: t.Expression, via = owner.via): void =>
    add(name, via === null ? made : arrow([], member(t.identifier(via), name)));
  const wrapped = (made: t.Expression): t.Expression => arrow([], made);
  if (owner.isDerived && isMentioned("this")) around("this", wrapped(t.thisExpression()));
  if (owner.hasNewTarget && isMentioned("new")) {
    around("new.target", wrapped(t.metaProperty(t.identifier("new"), t.identifier("target"))));
  }
  const key = (): t.Identifier => t.identifier(`${value}k`);
  const second = (): t.Identifier => t.identifier(value);
  if (owner.hasSuper && isMentioned("super")) {
    const property = (): t.MemberExpression => t.memberExpression(t.super(), key(), true);
    around("super.get", wrapped(arrow([key()], property())));
    around("super.set", wrapped(arrow([key(), second()], t.assignmentExpression("=", property(), second()))));
  }
  if (owner.hasSuperCall && isMentioned("super")) {
    const call = t.callExpression(t.super(), [t.spreadElement(second())]);
    around("super()", wrapped(arrow([t.restElement(second())], call)));
  }
  for (const name of owner.privateNames) {
    if (!isMentioned(name)) continue;
    const via = owner.privateVia?.names.includes(name) === true ? owner.privateVia.object : null;
    const own = (): t.PrivateName => t.privateName(t.identifier(name));
    const property = (): t.MemberExpression => t.memberExpression(key(), own());
    around(`#${name}.get`, wrapped(arrow([key()], property())), via);
    around(`#${name}.set`, wrapped(arrow([key(), second()], t.assignmentExpression("=", property(), second()))), via);
    around(`#${name}.in`, wrapped(arrow([key()], t.binaryExpression("in", own(), key()))), via);
  }
  return parts;
}

function writer(place: t.Expression, value: string): t.Expression {
  const write = t.assignmentExpression("=", place as t.LVal & t.Expression, t.identifier(value));
  return t.arrowFunctionExpression([t.identifier(value)], t.blockStatement([t.expressionStatement(write)]));
}

const arrow = (parameters: (t.Identifier | t.RestElement)[], body: t.Expression): t.Expression =>
  t.arrowFunctionExpression(parameters, body);
