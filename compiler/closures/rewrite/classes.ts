/**
 * Classes. One that is evaluated once, at load, stays native; its private names are lowered, its closures converted.
 * Any other becomes a class definition, and everything with an effect happens at its creation:
 *
 *     class C extends P { static n = f(); #x = 1; [k]() { … } }
 *
 *     const $c5 = $k.cls(5, ($s1, $parent, $key) => class C extends $parent { … [$key]() { … } });
 *     let C = ($s1 = new $S1(…), $s1.class = $c5($s1, P, $k.key(k)), $k.define($s1.class, "n", f()), $s1.class);
 *
 * The maker runs again when a saved class is read: it has no side effects, and the methods that it makes are found again
 * by class and key (I3).
 */
import { types as t } from "@babel/core";
import type { Binding, ClassScope } from "../analysis/model.ts";
import { computedKeys, privateFunctions, remainingMembers, staticEffects, strictly } from "./class-elements.ts";
import { makerOf } from "./definitions.ts";
import type { Name } from "./name.ts";
import { naming, namingByKey } from "./names.ts";
import { abi, assign, at, call, declare, field, id, nothing, run, sequence } from "./nodes.ts";
import { brandOf, declarePrivateNames, homeOf, privateInitial, stamped } from "./private-classes.ts";
import { type Rewriter, statements } from "./rewriter.ts";
import { construct, initialValue } from "./scope-objects.ts";

export function visitClassDeclaration(r: Rewriter, node: t.ClassDeclaration): t.Node {
  const scope = r.analysis.scopes.get(node) as ClassScope;
  if (scope.moduleLevel) return moduleLevelClass(r, node, scope);
  const outer = r.analysis.declared.get(node);
  const made = nestedClass(r, node, scope, undefined);
  const isCaptured = r.isCaptured(outer);
  if (!isCaptured) return statements([at(declare("let", node.id!.name, made), node)]);
  return at(run(assign(field(r.useScope(outer.scope), outer.name), made)), node);
}

/** A class expression, named by what it is assigned to when it has no name itself. */
export function classValue(r: Rewriter, node: t.ClassExpression, name: Name | undefined): t.Expression {
  const scope = r.analysis.scopes.get(node) as ClassScope;
  if (scope.moduleLevel) return moduleLevelClass(r, node, scope);
  return at(nestedClass(r, node, scope, name), node);
}

function moduleLevelClass<T extends t.Class>(r: Rewriter, node: T, scope: ClassScope): T {
  r.context.addClass(node);
  declarePrivateNames(r, scope, node);
  const object = r.open(scope);
  if (object) r.context.hoist(declare("const", object.variable, construct(object, scope, initialOf(scope))));
  if (object) r.imageValues.push(id(object.variable));
  if (node.superClass) node.superClass = r.expression(node.superClass);
  privateFunctions(r, node, scope);
  const brand = brandOf(r, scope, true);
  const first = selfFields(scope).map((binding) =>
    run(assign(field(id(object!.variable), binding.name), t.thisExpression())),
  );
  if (brand) first.push(run(stamped(scope, brand, t.thisExpression(), nothing())));
  const members = [...homeOf(r, scope), ...remainingMembers(r, node, scope)];
  node.body.body = first.length > 0 ? [t.staticBlock(first), ...members] : members;
  return node;
}

/** The fields that hold the class itself. */
const selfFields = (scope: ClassScope): Binding[] =>
  [...scope.bindings.values()].filter((b) => b.captured && (b.kind === "className" || b.name === "class"));

const initialOf =
  (scope: ClassScope) =>
  (binding: Binding): t.Expression =>
    privateInitial(scope, binding) ?? initialValue(binding);

function nestedClass(r: Rewriter, node: t.Class, scope: ClassScope, name: Name | undefined): t.Expression {
  const index = r.context.addClass(node);
  declarePrivateNames(r, scope, node);
  const object = r.open(scope);
  const parts: t.Expression[] = [];
  if (object) {
    r.boundary.temporaries.push(object.variable);
    parts.push(assign(id(object.variable), construct(object, scope, initialOf(scope))));
  }
  const { superClass } = node;
  const parent = superClass ? strictly(r, superClass, () => r.expression(superClass)) : nothing();
  const keys = computedKeys(r, node);
  const functions = privateFunctions(r, node, scope);
  const effects = staticEffects(r, node, scope);
  const creation = at(classCreation(r, node, scope, { index, parent, keys, name }), node);
  const selves = selfFields(scope);
  if (!object && effects.length === 0) return creation;
  // The class as an expression: the field that holds it, or a temporary.
  const [holder] = selves;
  const held = holder ? undefined : r.temporary();
  const self = (): t.Expression => (held ? t.cloneNode(held) : field(id(object!.variable), holder!.name));
  if (held) parts.push(assign(held, creation));
  else
    parts.push(
      selves.reduceRight(
        (value: t.Expression, binding) => assign(field(id(object!.variable), binding.name), value),
        creation as t.Expression,
      ),
    );
  parts.push(...functions, ...effects.map((effect) => effect(self)), self());
  return sequence(...parts);
}

interface Creation {
  readonly index: number;
  readonly parent: t.Expression;
  readonly keys: ReadonlyMap<string, t.Expression>;
  readonly name: Name | undefined;
}

/** Hoists the class definition; gives `$c5(…scopes, parent, …keys)`. */
function classCreation(r: Rewriter, node: t.Class, scope: ClassScope, creation: Creation): t.CallExpression {
  const { index, parent, keys } = creation;
  const { result: members, boundary } = r.inside({ strict: true }, () => [
    ...homeOf(r, scope),
    ...remainingMembers(r, node, scope),
  ]);
  const needs = r.needs(boundary);
  const parentName = r.context.uniqueName("parent");
  node.body.body = members;
  let made: t.Expression = t.classExpression(node.id ?? null, node.superClass ? id(parentName) : null, node.body);
  at(made, node);
  if (node.extra) made.extra = node.extra;
  const name = node.id ? undefined : creation.name;
  const inputs = new Map(keys);
  if (name?.kind === "key") {
    const key = r.context.uniqueName("key");
    inputs.set(key, name.key());
    made = namingByKey(id(key), made);
  } else if (name) made = naming(name.name, made);
  r.context.setClassScopes(
    index,
    needs.map((needed) => needed.layout),
  );
  const maker = makerOf(r, [...needs.map((needed) => needed.variable), parentName, ...inputs.keys()], made, true);
  const creator = r.context.uniqueName("c");
  r.context.hoist(declare("const", creator, abi("cls", t.numericLiteral(index), maker)));
  const scopes: t.Expression[] = needs.map((needed) => r.use(needed));
  return call(id(creator), ...scopes, parent, ...inputs.values());
}
