/**
 * The slot classes of a class's private names, and where code finds them.
 *
 * A class that is evaluated once has its slots as constants of the module. One that is evaluated again and again has new
 * private names each time: its slots are made by class definitions of their own and kept in the class's scope object.
 */
import { types as t, template } from "@babel/core";
import type { Binding, ClassScope } from "../analysis/model.ts";
import { abi, call, declare, field, id, run } from "./nodes.ts";
import type { PrivateFunction, Rewriter } from "./rewriter.ts";

/** Fields of a class's scope object that no private name can clash with. */
export const INSTANCE_BRAND = "# instance";
export const STATIC_BRAND = "# static";

/** An instance of a class without a parent is fresh and known by its class; anything else may be stamped elsewhere. */
type SlotParent = "Field" | "Stamp";

/**
 * The slot class keeps the name, so that V8's messages say it. The field is born with its value, not with `undefined`: so the
 * engine knows at once that it holds a number, and keeps it without a box.
 */
function slotClass(name: string, parent: SlotParent, className: string, add: string): t.Expression {
  const source = `(v => class ${className} extends $k.${parent} {
    #${name} = v;
    constructor(o, x) { v = x; super(o); v = void 0; }
    static get(o) { return o.#${name}; }
    static set(o, v) { return o.#${name} = v; }
    static has(o) { return #${name} in o; }
    ${add}
  })()`;
  return template.expression(source, { placeholderPattern: false })();
}

const slot = (name: string, parent: SlotParent, index: number): t.Expression =>
  abi("slot", slotClass(name, parent, "", ""), t.numericLiteral(index));

/** That of a class which may be evaluated again: what the slots of all evaluations have in common is their shape. */
const repeatedSlot = (name: string, parent: SlotParent): t.Expression =>
  abi("name", slotClass(name, parent, "$N", "static add(o, v) { return new $N(o, v); }"));

const slotParent = (scope: ClassScope, isStatic: boolean): SlotParent =>
  scope.derived || isStatic ? "Stamp" : "Field";

/** Makes the places of a class's private names: called before anything of the class is rewritten. */
export function declarePrivateNames(r: Rewriter, scope: ClassScope, node: t.Class): void {
  const names = [...scope.privates.values()];
  const branded = names.filter((name) => name.kind !== "field");
  const brands = new Map<boolean, () => t.Expression>();
  for (const isStatic of [false, true])
    if (branded.some((name) => name.isStatic === isStatic)) brands.set(isStatic, brandPlace(r, scope, node, isStatic));
  for (const name of names) {
    const own = `#${name.name}`;
    const slot =
      name.kind === "field" ? slotPlace(r, scope, node, own, name.name, name.isStatic) : brands.get(name.isStatic)!;
    r.places.set(name, {
      slot,
      method: functionPlace(r, scope, name.kind === "method", own),
      getter: functionPlace(r, scope, name.hasGetter, `get ${own}`),
      setter: functionPlace(r, scope, name.hasSetter, `set ${own}`),
    });
  }
}

/** The place of a brand; undefined when the class has no private methods of that kind. */
export function brandOf(r: Rewriter, scope: ClassScope, isStatic: boolean): t.Expression | undefined {
  for (const name of scope.privates.values())
    if (name.kind !== "field" && name.isStatic === isStatic) return r.places.get(name)!.slot();
  return undefined;
}

/** Stamps a name, or a brand, onto an object. */
export const stamped = (
  scope: ClassScope,
  slot: t.Expression,
  object: t.Expression,
  value: t.Expression,
): t.Expression =>
  scope.moduleLevel ? t.newExpression(slot, [object, value]) : call(t.memberExpression(slot, id("add")), object, value);

/** Tells where the instances of a class without a parent get their names from, the first element of the class. */
export function homeOf(r: Rewriter, scope: ClassScope): t.StaticBlock[] {
  if (scope.derived) return [];
  const fields = [...scope.privates.values()].filter((name) => name.kind === "field" && !name.isStatic);
  const brand = brandOf(r, scope, false);
  const slots = [...(brand ? [brand] : []), ...fields.map((name) => r.places.get(name)!.slot())];
  if (slots.length === 0) return [];
  const names = t.arrowFunctionExpression([], t.arrayExpression(slots));
  return [t.staticBlock([run(abi("home", t.thisExpression(), names))])];
}

/** Messages of the engine name the class (`runtime/guest/traces/site-names.ts`): `#$i_Trip` of its instances, `#$s_Trip` its own. */
function brandPlace(r: Rewriter, scope: ClassScope, node: t.Class, isStatic: boolean): () => t.Expression {
  const told = `$${isStatic ? "s" : "i"}_${node.id?.name ?? "anonymous"}`;
  return slotPlace(r, scope, node, isStatic ? STATIC_BRAND : INSTANCE_BRAND, "brand", isStatic, told);
}

/** `told`: the private name in the slot class. */
function slotPlace(
  r: Rewriter,
  scope: ClassScope,
  node: t.Class,
  fieldName: string,
  name: string,
  isStatic: boolean,
  told = name,
): () => t.Expression {
  const parent = slotParent(scope, isStatic);
  if (scope.moduleLevel) {
    // Messages of the engine show it (`runtime/guest/traces/site-names.ts`).
    const variable = r.context.uniqueName(`p_${name}`);
    const index = r.context.addPrivateName(r.context.ids.derive(r.context.ids.of(node), `#${name}`));
    r.context.hoist(declare("const", variable, slot(told, parent, index)));
    return () => id(variable);
  }
  const marker = id(name);
  const index = r.context.addClass(marker, r.context.ids.derive(r.context.ids.of(node), `#${name}`));
  const creator = r.context.uniqueName("c");
  const maker = t.arrowFunctionExpression([], repeatedSlot(told, parent));
  r.context.setClassScopes(index, []);
  r.context.hoist(declare("const", creator, abi("cls", t.numericLiteral(index), maker)));
  addField(scope, fieldName);
  slotCreations.set(
    scope,
    (slotCreations.get(scope) ?? new Map()).set(fieldName, () => call(id(creator))),
  );
  return () => constantField(r, scope, fieldName);
}

const slotCreations = new WeakMap<ClassScope, Map<string, () => t.Expression>>();

function functionPlace(r: Rewriter, scope: ClassScope, exists: boolean, name: string): PrivateFunction {
  if (exists && scope.moduleLevel) {
    const [variable, caller] = [r.context.uniqueName("m"), r.context.uniqueName("m")];
    moduleFunctions.set(scope, (moduleFunctions.get(scope) ?? new Map()).set(name, { variable, caller }));
    return { value: () => id(variable), caller: () => id(caller) };
  }
  if (exists) addField(scope, name);
  return { value: () => constantField(r, scope, name), caller: undefined };
}

interface ModuleFunction {
  readonly variable: string;
  /** What calls it with the receiver as its first argument. */
  readonly caller: string;
}

const moduleFunctions = new WeakMap<ClassScope, Map<string, ModuleFunction>>();

/** The module's constants for a private function of a class that is evaluated once. */
export const moduleFunction = (scope: ClassScope, name: string): ModuleFunction =>
  moduleFunctions.get(scope)!.get(name)!;

function constantField(r: Rewriter, scope: ClassScope, name: string): t.Expression {
  const made = field(r.useScope(scope), name);
  made.extra = { kawaitConstant: true };
  return made;
}

function addField(scope: ClassScope, name: string): void {
  const binding: Binding = { name, kind: "special", scope, captured: true, assigned: false, initialisedAt: 0 };
  scope.bindings.set(name, binding);
}

/** What a private name's field of the class's scope object holds from the start. */
export const privateInitial = (scope: ClassScope, binding: Binding): t.Expression | undefined =>
  slotCreations.get(scope)?.get(binding.name)?.();
