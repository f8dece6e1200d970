/** `switch`: tests in order until one is strictly equal, then bodies from there on. */
import { types as t } from "@babel/core";
import { explode } from "../expressions/explode.ts";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { labelled } from "../syntax.ts";
import { explodeStatements } from "./explode.ts";

export function switchStatement(machine: Machine, node: t.SwitchStatement, labels: readonly string[]): void {
  if (!node.cases.some((branch) => machine.suspends(branch))) {
    node.discriminant = explode(machine, node.discriminant);
    machine.native(labelled(node, labels));
    return;
  }
  const value = machine.keep(explode(machine, node.discriminant));
  const end = new Label();
  const bodies = node.cases.map(() => new Label());
  machine.enterScope(node);
  for (const [index, branch] of node.cases.entries()) {
    if (!branch.test) continue;
    const test = explode(machine, branch.test);
    machine.listing.branch(t.binaryExpression("===", t.cloneNode(value), test), bodies[index]!);
  }
  const byDefault = node.cases.findIndex((branch) => !branch.test);
  machine.listing.jump(bodies[byDefault] ?? end);
  machine.leaps.inTarget({ labels, breakTo: end, plainBreak: true }, () => {
    for (const [index, branch] of node.cases.entries()) {
      machine.listing.mark(bodies[index]!);
      explodeStatements(machine, branch.consequent);
    }
  });
  machine.listing.mark(end);
}
