/**
 * Finds the derived classes in which an arrow function that is made before `super()` returns, and sees `this`, may be called
 * from a field initialiser of the same class.
 *
 *   class C extends B { x = this.early(); constructor() { super(() => this.y); } }
 *
 * The language binds `this` before the initialisers run; an arrow of ours reads it from the constructor's scope object,
 * which is filled behind them. In such a class the first field fills it (rewrite/early-this.ts).
 */
import { types as t } from "@babel/core";

export function hasEarlyArrows(node: t.Class): boolean {
  if (!node.superClass) return false;
  const members = node.body.body;
  const method = members.find((member) => t.isClassMethod(member, { kind: "constructor" }));
  if (!method || !members.some(runsCode)) return false;
  const superEnd = endOfFirstSuper(method);
  const staysInside = localArrows(method, superEnd);
  let found = false;
  within(method, (inner) => {
    if (!t.isArrowFunctionExpression(inner) || (inner.start ?? 0) >= superEnd) return;
    found ||= !staysInside.has(inner) && seesThis(inner);
  });
  return found;
}

/** A field of instances whose initialiser may call something. */
function runsCode(member: t.ClassBody["body"][number]): boolean {
  const isField = t.isClassProperty(member) || t.isClassPrivateProperty(member);
  if (!isField || member.static || !member.value) return false;
  let calls = false;
  within({ type: "ExpressionStatement", expression: member.value } as t.Node, (inner) => {
    calls ||=
      t.isCallExpression(inner) ||
      t.isOptionalCallExpression(inner) ||
      t.isNewExpression(inner) ||
      t.isTaggedTemplateExpression(inner) ||
      t.isMemberExpression(inner) ||
      t.isOptionalMemberExpression(inner) ||
      t.isSpreadElement(inner) ||
      t.isBinaryExpression(inner) ||
      t.isTemplateLiteral(inner);
  });
  return calls;
}

/** Arrows that are bound to a name which, until `super()` has returned, is called and nothing else: nobody else has them. */
function localArrows(method: t.Node, superEnd: number): Set<t.Node> {
  const byName = new Map<string, t.Node>();
  const uses = new Map<string, number>();
  const calls = new Map<string, number>();
  const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  within(method, (inner) => {
    if ((inner.start ?? 0) >= superEnd) return;
    if (t.isVariableDeclarator(inner) && t.isIdentifier(inner.id) && t.isArrowFunctionExpression(inner.init))
      byName.set(inner.id.name, inner.init);
    if (t.isIdentifier(inner)) count(uses, inner.name);
    if (t.isCallExpression(inner) && t.isIdentifier(inner.callee)) count(calls, inner.callee.name);
  });
  // One use is the declaration's own.
  const inside = [...byName].filter(([name]) => uses.get(name) === (calls.get(name) ?? 0) + 1);
  return new Set(inside.map(([, arrow]) => arrow));
}

function endOfFirstSuper(method: t.Node): number {
  let end = Number.POSITIVE_INFINITY;
  within(method, (inner) => {
    if (t.isCallExpression(inner) && t.isSuper(inner.callee)) end = Math.min(end, inner.end ?? 0);
  });
  return end;
}

function seesThis(arrow: t.Node): boolean {
  let sees = false;
  within(arrow, (inner) => {
    sees ||= t.isThisExpression(inner) || t.isSuper(inner);
  });
  return sees;
}

/** Every node below, through arrow functions, but not into what has a `this` of its own. */
function within(node: t.Node, take: (inner: t.Node) => void): void {
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const value = (node as unknown as Record<string, t.Node | (t.Node | null)[] | null | undefined>)[key];
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!child) continue;
      take(child);
      if (t.isArrowFunctionExpression(child) || !(t.isFunction(child) || t.isClass(child))) within(child, take);
    }
  }
}
