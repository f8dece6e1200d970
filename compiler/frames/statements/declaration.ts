/** `var`, `let`, `const` of hoisted locals: assignments in their place. */
import { types as t } from "@babel/core";
import { explode } from "../expressions/explode.ts";
import type { Machine } from "../machine.ts";
import { voidZero } from "../syntax.ts";
import { assignPattern } from "./pattern.ts";

export function variableDeclaration(machine: Machine, node: t.VariableDeclaration): void {
  for (const declarator of node.declarations) {
    const target = declarator.id;
    if (!declarator.init) {
      // `let x;` in a loop starts anew each time; `var x;` does nothing.
      if (node.kind !== "var" && t.isIdentifier(target)) machine.assign(target.name, voidZero());
      continue;
    }
    const value = explode(machine, declarator.init);
    if (t.isVoidPattern(target)) machine.effect(value);
    else assignPattern(machine, target, value);
  }
}
