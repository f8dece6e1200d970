/**
 * What a function or class is called in its id: its own name, else that of its binding or property, else
 * `<callee>(argIndex)`; null when nothing names it.
 */
import { types as t } from "@babel/core";

export function functionName(node: t.Function | t.Class, parent: t.Node | null, key: string): string | null {
  if (t.isObjectMethod(node) || t.isClassMethod(node) || t.isClassPrivateMethod(node)) {
    const computed = "computed" in node && node.computed === true;
    const name = keyName(node.key, computed);
    return node.kind === "get" || node.kind === "set" ? `${node.kind}:${name}` : name;
  }
  if ("id" in node && t.isIdentifier(node.id)) return node.id.name;
  if (parent === null) return null;
  switch (parent.type) {
    case "ExportDefaultDeclaration":
      return "default";
    case "VariableDeclarator":
      return key === "init" ? targetName(parent.id) : null;
    case "AssignmentExpression":
    case "AssignmentPattern":
      return key === "right" ? targetName(parent.left) : null;
    case "ObjectProperty":
      return key === "value" ? keyName(parent.key, parent.computed) : null;
    case "ClassProperty":
    case "ClassPrivateProperty":
    case "ClassAccessorProperty":
      return key === "value" ? keyName(parent.key, "computed" in parent && parent.computed === true) : null;
    case "CallExpression":
    case "OptionalCallExpression":
    case "NewExpression": {
      const argument = /^arguments\.(\d+)$/.exec(key);
      const callee = argument === null ? null : targetName(parent.callee);
      return argument === null || callee === null ? null : `${callee}(${argument[1]})`;
    }
    default:
      return null;
  }
}

function keyName(key: t.Node, computed: boolean): string {
  if (t.isPrivateName(key)) return `#${key.id.name}`;
  if (computed) {
    const symbol = t.isMemberExpression(key) && t.isIdentifier(key.object, { name: "Symbol" }) && !key.computed;
    if (symbol && t.isIdentifier(key.property)) return `[Symbol.${key.property.name}]`;
    return t.isStringLiteral(key) ? key.value : "[computed]";
  }
  if (t.isIdentifier(key)) return key.name;
  if (t.isStringLiteral(key) || t.isNumericLiteral(key) || t.isBigIntLiteral(key)) return String(key.value);
  return "[computed]";
}

function targetName(target: t.Node): string | null {
  if (t.isIdentifier(target)) return target.name;
  if (t.isMemberExpression(target) || t.isOptionalMemberExpression(target)) {
    if (t.isPrivateName(target.property)) return `#${target.property.id.name}`;
    if (!target.computed && t.isIdentifier(target.property)) return target.property.name;
    if (t.isStringLiteral(target.property)) return target.property.value;
  }
  return t.isSuper(target) ? "super" : null;
}

/** As V8 calls it: `book`, `Trip.book`, `new Trip`; "" for one without a name. */
export function nameInStacks(
  node: t.Function | t.Class,
  parent: t.Node | null,
  key: string,
  className: string,
): string {
  if (t.isClassMethod(node) || t.isClassPrivateMethod(node)) {
    if (node.kind === "constructor") return `new ${className === "" ? "<anonymous>" : className}`;
    const name = keyName(node.key, "computed" in node && node.computed === true);
    return className === "" ? name : `${className}.${name}`;
  }
  const name = functionName(node, parent, key) ?? "";
  return name.endsWith(")") || name.startsWith("[") ? "" : name.replace(/^[gs]et:/, "");
}
