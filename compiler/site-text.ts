/**
 * What an error calls the function that a call did not find, as V8 prints it: `legs.next`, `this.#seats`, `(intermediate value).book`.
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
  if (!t.isMemberExpression(node) && !t.isOptionalMemberExpression(node)) return UNNAMED;
  const { object, property, computed } = node;
  const of = `${siteText(object)}${t.isOptionalMemberExpression(node) && node.optional ? "?." : "."}`;
  if (t.isPrivateName(property)) return `${of}#${property.id.name}`;
  if (!computed && t.isIdentifier(property)) return `${of}${property.name}`;
  return t.isStringLiteral(property) ? `${of}${property.value}` : `${siteText(object)}[...]`;
}
