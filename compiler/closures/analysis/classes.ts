/** Classes: a scope for the inner name and the private names; every member is a frame of its own. */
import type { types as t } from "@babel/core";
import { makesFunctions } from "../syntax.ts";
import { hasEarlyArrows } from "./early-arrows.ts";
import { visitFunction } from "./functions.ts";
import type { ClassScope } from "./model.ts";
import type { Walk } from "./walk.ts";

type Member = t.ClassBody["body"][number];

export function visitClass(w: Walk, node: t.ClassDeclaration | t.ClassExpression): void {
  if (hasEarlyArrows(node)) w.analysis.earlyThis.add(node);
  const moduleLevel = w.frame.kind === "program" && w.straight;
  const scope: ClassScope = Object.assign(w.newScope("class", node), {
    kind: "class" as const,
    privates: new Map(),
    moduleLevel,
    derived: Boolean(node.superClass),
  });
  // A declaration's outer name will do for the inner one when nobody can run between the two being bound.
  const isOuterEnough = moduleLevel && node.type === "ClassDeclaration" && !runsAtDefinition(node);
  if (node.id && !isOuterEnough) w.declare(scope, node.id.name, "className");
  for (const member of node.body.body) declarePrivate(scope, member);
  const { strict } = w;
  w.strict = true;
  w.within(scope, () => {
    const { superClass } = node;
    if (superClass) inHead(w, scope, () => w.visit(superClass));
    for (const member of node.body.body) visitMember(w, scope, member);
  });
  w.strict = strict;
  if (node.type !== "ClassDeclaration") return;
  const outer = w.scope.bindings.get(node.id!.name);
  if (!outer) return;
  w.analysis.declared.set(node, outer);
  w.initialise([outer]);
}

function inHead(w: Walk, scope: ClassScope, run: () => void): void {
  w.heads.add(scope);
  run();
  w.heads.delete(scope);
}

/** Code of the script's runs while the class is being defined, after its inner name is bound and before the outer. */
function runsAtDefinition(node: t.Class): boolean {
  if (node.superClass && makesFunctions(node.superClass)) return true;
  return node.body.body.some((member) => {
    if (member.type === "StaticBlock") return true;
    const isField = member.type === "ClassProperty" || member.type === "ClassPrivateProperty";
    if (isField && member.static) return true;
    return "computed" in member && member.computed && makesFunctions(member.key);
  });
}

function declarePrivate(scope: ClassScope, member: Member): void {
  if (member.type !== "ClassPrivateProperty" && member.type !== "ClassPrivateMethod") return;
  const { name } = member.key.id;
  const isAccessor = member.type === "ClassPrivateMethod" && (member.kind === "get" || member.kind === "set");
  const kind = member.type === "ClassPrivateProperty" ? "field" : isAccessor ? "accessor" : "method";
  let entry = scope.privates.get(name);
  if (!entry) {
    entry = { name, kind, isStatic: Boolean(member.static), scope, hasGetter: false, hasSetter: false };
    scope.privates.set(name, entry);
  }
  if (isAccessor && member.kind === "get") entry.hasGetter = true;
  if (isAccessor && member.kind === "set") entry.hasSetter = true;
}

function visitMember(w: Walk, scope: ClassScope, member: Member): void {
  if ("computed" in member && member.computed) inHead(w, scope, () => w.visit(member.key));
  const isStatic = "static" in member && Boolean(member.static);
  switch (member.type) {
    case "ClassMethod": {
      const kind = member.kind === "constructor" ? "constructor" : "method";
      visitFunction(w, member, kind, { memberOf: scope, isStatic });
      break;
    }
    case "ClassPrivateMethod":
      visitFunction(w, member, "method", { memberOf: scope, isStatic, detached: true });
      break;
    case "ClassProperty":
    case "ClassPrivateProperty":
      visitElement(w, scope, member, isStatic);
      break;
    case "StaticBlock":
      visitElement(w, scope, member, true);
      break;
    default:
      w.context.error("ClassElement", member, `a class element of kind ${member.type} is not supported`);
  }
}

/** A field initialiser or static block: a frame with the instance or class as `this`. */
function visitElement(
  w: Walk,
  scope: ClassScope,
  member: t.ClassProperty | t.ClassPrivateProperty | t.StaticBlock,
  isStatic: boolean,
): void {
  const detached = isStatic && !scope.moduleLevel;
  const frame = w.newFrame(member, isStatic ? "static" : "field", { memberOf: scope, isStatic, detached });
  w.inFrame(frame, () => {
    const top = w.newScope("function", member);
    frame.top = top;
    w.scope = top;
    if (member.type === "StaticBlock") {
      w.declareBody(member.body, new Set());
      w.statements(member.body);
    } else if (member.value) w.visit(member.value);
  });
}
