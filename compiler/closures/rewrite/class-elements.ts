/**
 * Class elements.
 *
 *     #x = 1;  #y = () => this;      →  #$i0 = void (new $p1(this, 1), new $p2(this, $d3(new $S4(this))));
 *                                       nested: $s1["#x"].add(this, 1)
 *     static #n = 0;                 →  static { new $p3(this, 0); }
 *
 * A private field is stamped where it stands among the other fields: by the initialiser of a native private field that
 * nobody can name and that holds nothing.
 */
import { types as t } from "@babel/core";
import type { ClassScope } from "../analysis/model.ts";
import { childrenOf, isFunctionNode } from "../syntax.ts";
import { functionBodyOfBlock } from "./blocks.ts";
import { define } from "./definitions.ts";
import { firstField } from "./early-this.ts";
import { insideOf, kindOf, methodNamed, methodValue } from "./functions.ts";
import type { Name } from "./name.ts";
import { named, staticKey } from "./names.ts";
import { abi, assign, at, call, declare, field, id, nothing, run, sequence, text } from "./nodes.ts";
import { brandOf, moduleFunction, stamped } from "./private-classes.ts";
import type { Rewriter } from "./rewriter.ts";
import { openInExpression } from "./scope-objects.ts";

type Member = t.ClassBody["body"][number];
type Effect = (self: () => t.Expression) => t.Expression;

/** Private methods: made outside of the class, before its static elements run. */
export function privateFunctions(r: Rewriter, node: t.Class, scope: ClassScope): t.Expression[] {
  const made: t.Expression[] = [];
  for (const member of node.body.body) {
    if (member.type !== "ClassPrivateMethod") continue;
    const own = `#${member.key.id.name}`;
    const name = member.kind === "get" || member.kind === "set" ? `${member.kind} ${own}` : own;
    const boundary = insideOf(r, member);
    if (scope.moduleLevel) {
      r.context.addFunction(member, kindOf(member));
      const { variable, caller } = moduleFunction(scope, name);
      r.context.hoist(declare("const", variable, methodNamed(member, text(name))));
      r.context.hoist(declare("const", caller, abi("caller", id(variable))));
      r.imageValues.push(id(variable));
    } else {
      const value = methodValue(r, member, boundary, { kind: "static", name });
      made.push(assign(field(r.useScope(scope), name), value));
    }
  }
  return made;
}

/** Evaluates computed keys where the class is created; the maker takes them as parameters. */
export function computedKeys(r: Rewriter, node: t.Class): Map<string, t.Expression> {
  const keys = new Map<string, t.Expression>();
  for (const member of node.body.body) {
    if (!("computed" in member) || !member.computed) continue;
    const name = r.context.uniqueName("key");
    const { key } = member;
    const value = abi(
      "key",
      strictly(r, key, () => r.expression(key as t.Expression)),
    );
    const isStaticField = member.type === "ClassProperty" && member.static;
    const held = isStaticField ? r.temporary() : undefined;
    keys.set(name, held ? assign(held, value) : value);
    member.key = held ?? id(name);
  }
  return keys;
}

/** What a nested class's static elements do, in order, once the class is there. */
export function staticEffects(r: Rewriter, node: t.Class, scope: ClassScope): Effect[] {
  const effects: Effect[] = [];
  const brand = brandOf(r, scope, true);
  if (brand) effects.push((self) => stamped(scope, brand, self(), nothing()));
  for (const member of node.body.body) {
    if (member.type === "StaticBlock") {
      const made = call(staticBlock(r, member, node));
      effects.push(() => made);
    } else if (member.type === "ClassPrivateProperty" && member.static) {
      let slot: t.Expression = nothing();
      const value = strictly(r, member, () => {
        const made = privateField(r, member);
        slot = made.slot;
        return made.value;
      });
      effects.push((self) => stamped(scope, slot, self(), value));
    } else if (member.type === "ClassProperty" && member.static) {
      const key = staticKey(member.key, member.computed ?? false);
      const name: Name =
        key === undefined
          ? { kind: "key", key: () => t.cloneNode(member.key) as t.Expression }
          : { kind: "static", name: key };
      const { value: initial } = member;
      const value = initial ? strictly(r, initial, () => named(r, initial, name, true)) : nothing();
      const at = key === undefined ? () => t.cloneNode(member.key) as t.Expression : () => text(key);
      effects.push((self) => abi("define", self(), at(), value));
    }
  }
  return effects;
}

/**
 * Class code is strict. Where its parts are evaluated by a sloppy function and could tell (by a write or a `delete`), an
 * arrow function that is called at once makes them strict.
 */
export function strictly(r: Rewriter, original: t.Node, make: () => t.Expression): t.Expression {
  if (r.boundary.strict || r.suspending || !writes(original)) return make();
  const value = r.isolated(make);
  const directive = t.directive(t.directiveLiteral("use strict"));
  return call(t.arrowFunctionExpression([], t.blockStatement([t.returnStatement(value)], [directive])));
}

function writes(node: t.Node): boolean {
  if (isFunctionNode(node)) return false;
  if (node.type === "AssignmentExpression" || node.type === "UpdateExpression") return true;
  return (node.type === "UnaryExpression" && node.operator === "delete") || childrenOf(node).some(writes);
}

function privateField(r: Rewriter, member: t.ClassPrivateProperty): { value: t.Expression; slot: t.Expression } {
  const place = r.places.get(r.analysis.privates.get(member.key) ?? privateOfMember(r, member))!;
  const value = member.value ? named(r, member.value, `#${member.key.id.name}`, true) : nothing();
  return { value, slot: place.slot() };
}

function privateOfMember(r: Rewriter, member: t.ClassPrivateProperty) {
  return r.analysis.frames.get(member)!.memberOf!.privates.get(member.key.id.name)!;
}

/** A static block of a nested class: an arrow function that runs once; `this` in it is read from the class's scope. */
function staticBlock(r: Rewriter, member: t.StaticBlock, node: t.Class): t.Expression {
  const { result, boundary } = r.inside({ strict: true }, () => functionBodyOfBlock(r, member));
  const arrow = at(t.arrowFunctionExpression([], t.blockStatement(result)), member);
  const index = r.context.addFunction(arrow, "arrow", r.context.ids.derive(r.context.ids.of(node), "static"));
  return define(r, index, r.needs(boundary), arrow, true);
}

/** The elements that stay in the class's body. */
export function remainingMembers(r: Rewriter, node: t.Class, scope: ClassScope): Member[] {
  const made: Member[] = [];
  let carrier: t.Expression[] = [];
  const flush = (): void => {
    if (carrier.length === 0) return;
    const name = t.privateName(id(`$i${made.length}`));
    made.push(t.classPrivateProperty(name, t.unaryExpression("void", sequence(...carrier))));
    carrier = [];
  };
  carrier.push(...firstField(r, node));
  const brand = brandOf(r, scope, false);
  if (brand) carrier.push(stamped(scope, brand, t.thisExpression(), nothing()));
  for (const member of node.body.body) {
    switch (member.type) {
      case "ClassMethod": {
        const boundary = insideOf(r, member);
        r.passOn(boundary);
        r.context.addFunction(member, kindOf(member));
        if (scope.moduleLevel && member.computed) member.key = r.expression(member.key as t.Expression);
        made.push(member);
        break;
      }
      case "ClassPrivateProperty":
        if (!member.static) {
          carrier.push(
            r.isolated(() => {
              const { value, slot } = r.perInstance(() => initialiser(r, member, () => privateField(r, member)));
              return stamped(scope, slot, t.thisExpression(), value);
            }),
          );
        } else if (scope.moduleLevel) {
          const { result, boundary } = r.inside({ strict: true, moduleLevel: true }, () => privateField(r, member));
          const stamp = run(stamped(scope, result.slot, t.thisExpression(), result.value));
          made.push(at(t.staticBlock([...r.tops(boundary), stamp]), member));
        }
        break;
      case "ClassProperty":
        if (member.static && !scope.moduleLevel) break;
        flush();
        if (scope.moduleLevel && member.computed) member.key = r.expression(member.key as t.Expression);
        if (member.value) {
          member.value = member.static ? publicValue(r, member) : r.perInstance(() => publicValue(r, member));
        }
        made.push(member);
        break;
      case "StaticBlock":
        if (scope.moduleLevel) {
          const { result } = r.inside({ strict: true, moduleLevel: true }, () => functionBodyOfBlock(r, member));
          member.body = result;
          made.push(member);
        }
        break;
      default:
        break;
    }
  }
  flush();
  return made;
}

function publicValue(r: Rewriter, member: t.ClassProperty): t.Expression {
  const key = staticKey(member.key, member.computed ?? false);
  // A key that is known only at run time is a parameter of the maker.
  const name: Name =
    key === undefined
      ? { kind: "key", key: () => t.cloneNode(member.key) as t.Expression }
      : { kind: "static", name: key };
  return r.isolated(() => initialiser(r, member, () => ({ value: named(r, member.value!, name, false) })).value);
}

/** The value of a field, with the scope object of its `this` when an arrow function in it uses that. */
function initialiser<T extends { value: t.Expression }>(
  r: Rewriter,
  member: t.ClassProperty | t.ClassPrivateProperty,
  make: () => T,
): T {
  const scope = r.analysis.scopes.get(member);
  const own = scope && openInExpression(r, scope);
  const made = make();
  if (!own) return made;
  const [creation] = own.creation;
  if (!creation) return made;
  const { value } = made;
  // An arrow function alone takes the new scope object directly, without a temporary.
  if (value.type === "CallExpression" && creation.type === "AssignmentExpression") {
    const position = value.arguments.findIndex(
      (argument) => argument.type === "Identifier" && argument.name === own.object.variable,
    );
    const isAlone = r.boundary.temporaries.length === 1 && value.callee.type === "Identifier";
    if (isAlone && position >= 0) {
      value.arguments[position] = creation.right;
      r.boundary.temporaries.pop();
      return made;
    }
  }
  return { ...made, value: sequence(creation, value) };
}
