/**
 * A name in parentheses gives no name to what is assigned to it. Printed code has no parentheses of the source:
 *
 *   (trip) = () => {}     →     trip = (0, () => {})
 */
import type { types as t } from "@babel/core";
import { eachNode } from "../diagnostics/each-node.ts";
import { unnamed } from "../modules/naming.ts";

const NAMING = new Set(["=", "&&=", "||=", "??="]);

export function keepUnnamed(program: t.Program, source: string): void {
  if (!/\)(?:\s|\/[*/])*(?:&&|\|\||\?\?)?=(?![=>])/.test(source)) return;
  eachNode(program, (node) => {
    if (node.type !== "AssignmentExpression" || !NAMING.has(node.operator)) return;
    if (node.left.type !== "Identifier" || node.left.extra?.parenthesized !== true) return;
    node.right = unnamed(node.right);
  });
}
