/**
 * A shorthand called `__proto__` is a property like any other, and would set the prototype as soon as its value had another
 * form than the name:
 *
 *   { __proto__ }     →     { ["__proto__"]: __proto__ }
 */
import { types as t } from "@babel/core";
import { eachNode } from "../diagnostics/each-node.ts";

const NAME = "__proto__";

export function keepOwnProto(program: t.Program, source: string): void {
  if (!source.includes(NAME) && !source.includes("\\u")) return;
  eachNode(program, (node) => {
    if (node.type !== "ObjectExpression") return;
    for (const property of node.properties) {
      if (property.type !== "ObjectProperty" || !property.shorthand) continue;
      if (property.key.type !== "Identifier" || property.key.name !== NAME) continue;
      property.key = t.inherits(t.stringLiteral(NAME), property.key);
      property.computed = true;
      property.shorthand = false;
    }
  });
}
