/**
 * Parentheses that the author's text may have had and the engine cannot do without: V8 refuses an argument that assigns to a
 * pattern where one before it could be no pattern itself, which the language allows.
 *
 *   f([0], ({ a } = b)), f(c ||= 1, ([a] = b))   are printed so, not as   f([0], { a } = b), f(c ||= 1, [a] = b)
 */
import { types as t } from "@babel/core";

export function parenthesizePatterns(node: t.Node): void {
  if (!t.isCallExpression(node) && !t.isNewExpression(node) && !t.isOptionalCallExpression(node)) return;
  const list = node.arguments;
  for (const [index, argument] of list.entries())
    if (t.isAssignmentExpression(argument) && t.isPattern(argument.left))
      list[index] = t.parenthesizedExpression(argument);
}
