/**
 * What an error calls the function that a call did not find, or the value that cannot be iterated, as V8 prints it: `legs.next`,
 * `this.#seats`, `(intermediate value).book`.
 *
 * Boundary: syntax only, as it stands when a phase asks. Names of compiled code in it (`$s.trip.book`) the runtime takes out
 * (`runtime/guest/traces/site-names.ts`).
 */
import { types as t } from "@babel/core";

const UNNAMED = "(intermediate value)";

export function siteText(node: t.Node): string {
  if (t.isIdentifier(node)) return node.name;
  if (t.isThisExpression(node)) return "this";
  if (t.isParenthesizedExpression(node)) return siteText(node.expression);
  if (t.isConditionalExpression(node)) return checkedName(node) ?? UNNAMED;
  if (t.isNullLiteral(node)) return "null";
  if (t.isNumericLiteral(node) || t.isBooleanLiteral(node)) return String(node.value);
  if (!t.isMemberExpression(node) && !t.isOptionalMemberExpression(node)) return UNNAMED;
  const { object, property, computed } = node;
  const of = `${siteText(object)}${t.isOptionalMemberExpression(node) && node.optional ? "?." : "."}`;
  if (t.isPrivateName(property)) return `${of}#${property.id.name}`;
  if (!computed && t.isIdentifier(property)) return `${of}${property.name}`;
  if (t.isStringLiteral(property)) return `${of}${property.value}`;
  const key = siteText(property);
  return `${siteText(object)}[${key === UNNAMED && !t.isAwaitExpression(property) ? "..." : key}]`;
}

/** The variable of `$s.trip === $T ? $k.tdz("trip") : $s.trip`. */
function checkedName({ consequent }: t.ConditionalExpression): string | undefined {
  if (!t.isCallExpression(consequent) || !t.isMemberExpression(consequent.callee)) return undefined;
  const { object, property } = consequent.callee;
  const [name] = consequent.arguments;
  const isCheck = t.isIdentifier(object, { name: "$k" }) && t.isIdentifier(property, { name: "tdz" });
  return isCheck && t.isStringLiteral(name) ? name.value : undefined;
}

/** Of a value that is iterated: `legs`, `trips.next is not a function or its return value`. */
export function iteratedText(node: t.Node): string {
  const isCall = t.isCallExpression(node) || t.isOptionalCallExpression(node);
  return isCall ? `${siteText(node.callee)} is not a function or its return value` : siteText(node);
}
