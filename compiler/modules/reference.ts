/**
 * Expressions that read or name what lives outside a module's own function.
 */
import { type NodePath, types as t } from "@babel/core";
import { abi, abiCall, member } from "../abi-syntax.ts";
import { SCRIPT_NAMES } from "../phase.ts";
import type { Resolution } from "./exports-graph.ts";

/** `$x3` */
export function exportsOf(module: number): t.Identifier {
  return t.identifier(`${SCRIPT_NAMES.exportsPrefix}${module}`);
}

/** `$k.g["a.ts#count"]` */
export function globalBinding(name: string): t.MemberExpression {
  return member(abi("g"), name);
}

/** `$k.g.x === $T && $k.tdz("x")` */
export function checkInitialised(name: string, local: string): t.Expression {
  return t.logicalExpression("&&", isUninitialised(name), abiCall("tdz", t.stringLiteral(local)));
}

/** `($k.g.x === $T ? $k.tdz("x") : $k.g.x)` */
function checkedGlobal(name: string, local: string): t.Expression {
  return t.conditionalExpression(isUninitialised(name), abiCall("tdz", t.stringLiteral(local)), globalBinding(name));
}

function isUninitialised(name: string): t.Expression {
  return t.binaryExpression("===", globalBinding(name), t.identifier(SCRIPT_NAMES.tdz));
}

export function reference(resolution: Resolution): t.Expression {
  switch (resolution.kind) {
    case "accessor":
      return member(exportsOf(resolution.module), resolution.name);
    case "global":
      return resolution.checked ? checkedGlobal(resolution.name, resolution.local) : globalBinding(resolution.name);
    case "namespace":
      return abiCall("namespace", t.numericLiteral(resolution.module), t.booleanLiteral(resolution.node));
    case "commonjs": {
      const exports = exportsOf(resolution.module);
      if (resolution.interop) return member(exports, "default");
      const module = member(exports, "module");
      return resolution.name === null ? module : member(module, resolution.name);
    }
    case "api":
      return resolution.name === null ? abi("api") : member(abi("api"), resolution.name);
    case "host":
      return member(abi("host"), resolution.name);
    case "missing":
      return abiCall("unsupported", t.stringLiteral(`import of ${JSON.stringify(resolution.specifier)}`));
    case "none":
      return t.unaryExpression("void", t.numericLiteral(0));
  }
}

/**
 * `arguments` where no function has one: a name of the global object, which the functions that compiled code stands in would
 * shadow. `typeof` of it does not throw, and a write makes it unless it reads first.
 */
export function globalArguments(isRead: boolean): t.Expression {
  return isRead ? abiCall("free", t.stringLiteral("arguments")) : member(abi("global"), "arguments");
}

/** No function is around it that has an `arguments` of its own. */
export function seesGlobalArguments(path: NodePath): boolean {
  for (let at = path; at.parentPath !== null; at = at.parentPath) {
    const { parent, key } = at;
    if (t.isFunction(parent) && !t.isArrowFunctionExpression(parent) && key !== "key") return false;
  }
  return true;
}

export { abi, abiCall, member };
