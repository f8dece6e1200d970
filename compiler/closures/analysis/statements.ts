/** Declarations, blocks and loops: which scope they make, and from where on their names are initialised. */
import type { types as t } from "@babel/core";
import { unparenthesised } from "../syntax.ts";
import { boundNames } from "./declarations.ts";
import type { Walk } from "./walk.ts";

/** An assignment target: its names count as assigned. */
export function visitTarget(w: Walk, node: t.Node): void {
  for (const name of boundNames(node)) {
    const binding = w.lookup(name);
    if (binding) binding.assigned = true;
  }
  w.visit(node);
}

export function visitVariables(w: Walk, node: t.VariableDeclaration): void {
  for (const declarator of node.declarations) {
    const bindings = w.declared(declarator.id);
    const { init } = declarator;
    if (node.kind === "var" && init) for (const binding of bindings) binding.assigned = true;
    // A closure that is itself the initial value cannot run before the declaration is over.
    if (init && isClosure(init)) w.initialise(bindings);
    if (init) w.visit(init);
    w.visit(declarator.id);
    w.initialise(bindings);
  }
}

const isClosure = (node: t.Node): boolean => {
  const { type } = unparenthesised(node);
  return type === "FunctionExpression" || type === "ArrowFunctionExpression";
};

export function visitBlock(w: Walk, node: t.BlockStatement): void {
  const scope = w.newScope("block", node);
  w.within(scope, () => {
    w.declareLexical(scope, node.body, false);
    w.statements(node.body);
  });
}

export function visitFor(w: Walk, node: t.ForStatement): void {
  const scope = w.newScope("loop", node);
  w.within(scope, () => {
    const { init } = node;
    if (init?.type === "VariableDeclaration" && init.kind !== "var")
      for (const declarator of init.declarations)
        for (const name of boundNames(declarator.id)) w.declare(scope, name, lexicalKind(init));
    w.children(node);
  });
}

export function visitForEach(w: Walk, node: t.ForInStatement | t.ForOfStatement): void {
  const { left } = node;
  if (left.type !== "VariableDeclaration") {
    w.visit(node.right);
    visitTarget(w, left);
    w.visit(node.body);
    return;
  }
  const pattern = left.declarations[0]!.id;
  const names = boundNames(pattern);
  if (left.kind === "var") {
    w.visit(left);
    w.visit(node.right);
    for (const name of names) {
      const binding = w.lookup(name);
      if (binding) binding.assigned = true;
    }
    w.visit(node.body);
    return;
  }
  // The head's expression sees the names, never initialised.
  const head = w.newScope("loopHead", node, true);
  for (const name of names) w.declare(head, name, lexicalKind(left));
  w.within(head, () => w.visit(node.right));
  const scope = w.newScope("loop", node);
  for (const name of names) w.declare(scope, name, lexicalKind(left));
  w.within(scope, () => {
    const bindings = w.declared(pattern);
    w.visit(pattern);
    w.initialise(bindings);
    w.visit(node.body);
  });
}

/** `using` declarations became constants before. */
const lexicalKind = (node: t.VariableDeclaration): "let" | "const" => (node.kind === "let" ? "let" : "const");

export function visitSwitch(w: Walk, node: t.SwitchStatement): void {
  w.visit(node.discriminant);
  const scope = w.newScope("switch", node);
  w.within(scope, () => {
    const statements = node.cases.flatMap((clause) => clause.consequent);
    w.declareLexical(scope, statements, false);
    w.hoisting(() => {
      for (const clause of node.cases) w.children(clause);
    });
  });
}

export function visitCatch(w: Walk, node: t.CatchClause): void {
  const scope = w.newScope("catch", node);
  w.within(scope, () => {
    const { param } = node;
    if (param) {
      for (const name of boundNames(param)) w.declare(scope, name, param.type === "Identifier" ? "catch" : "let");
      const bindings = w.declared(param);
      w.visit(param);
      w.initialise(bindings);
    }
    w.visit(node.body);
  });
}
