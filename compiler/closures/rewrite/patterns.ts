/**
 * Patterns and assignment targets: captured names become fields of scope objects; a target that needs a check, a private
 * name or a lifted `super` becomes a place with a setter (`references.ts`).
 */
import type { types as t } from "@babel/core";
import { unparenthesised } from "../syntax.ts";
import { named } from "./names.ts";
import { privateTarget } from "./private-names.ts";
import { captured, isPlainTarget, place } from "./references.ts";
import type { Rewriter } from "./rewriter.ts";
import { isLiftedSuper, superTarget } from "./super.ts";
import { checkedTarget } from "./targets.ts";

/**
 * Rewrites a pattern or target in place of itself.
 * @param declares the pattern initialises what it names, so nothing is checked
 */
export function rewritePattern(r: Rewriter, node: t.Node, declares: boolean): t.Node {
  switch (node.type) {
    case "Identifier": {
      const reference = captured(r, node);
      if (!reference) return node;
      return declares || isPlainTarget(reference) ? place(r, reference) : checkedTarget(r, reference);
    }
    case "ParenthesizedExpression":
      return rewritePattern(r, unparenthesised(node), declares);
    case "MemberExpression":
      if (node.property.type === "PrivateName" && r.analysis.privates.has(node.property)) return privateTarget(r, node);
      if (isLiftedSuper(r, node)) return superTarget(r, node);
      r.children(node);
      return node;
    case "ObjectPattern":
      for (const property of node.properties) {
        if (property.type === "RestElement") {
          property.argument = rewritePattern(r, property.argument, declares) as typeof property.argument;
          continue;
        }
        if (property.computed) property.key = r.patternPart(() => r.expression(property.key as t.Expression));
        const value = rewritePattern(r, property.value, declares);
        if (value !== property.value) property.shorthand = false;
        property.value = value as t.PatternLike;
      }
      return node;
    case "ArrayPattern":
      node.elements = node.elements.map(
        (element) => element && (rewritePattern(r, element, declares) as typeof element),
      );
      return node;
    case "AssignmentPattern": {
      const name = node.left.type === "Identifier" ? node.left.name : undefined;
      const left = rewritePattern(r, node.left, declares);
      const isMoved = left !== node.left;
      node.left = left as typeof node.left;
      node.right = r.patternPart(() => named(r, node.right, name, isMoved));
      return node;
    }
    case "RestElement":
      node.argument = rewritePattern(r, node.argument, declares) as typeof node.argument;
      return node;
    default:
      return r.visit(node);
  }
}

/** True when a pattern's names live in scope objects (all of one pattern's do, or none). */
export function isCapturedPattern(r: Rewriter, pattern: t.Node): boolean {
  switch (pattern.type) {
    case "Identifier":
      return captured(r, pattern) !== undefined;
    case "ObjectPattern":
      return pattern.properties.some((property) =>
        isCapturedPattern(r, property.type === "RestElement" ? property.argument : property.value),
      );
    case "ArrayPattern":
      return pattern.elements.some((element) => element && isCapturedPattern(r, element));
    case "AssignmentPattern":
      return isCapturedPattern(r, pattern.left);
    case "RestElement":
      return isCapturedPattern(r, pattern.argument);
    default:
      return false;
  }
}
