/**
 * Scope analysis of one module: one walk that makes frames, scopes and bindings and says what every identifier, `this`,
 * `arguments`, `new.target`, `super` and private name refers to. Boundary: reads the tree; its one change is to put a
 * block around a function declaration that is the body of an `if`.
 */
import type { types as t } from "@babel/core";
import type { ModuleContext } from "../../phase.ts";
import type { Analysis } from "./model.ts";
import { visitors } from "./visitors.ts";
import { Walk } from "./walk.ts";

/** Analyses a module. Throws CompileError for what cannot be converted in first-party code. */
export function analyse(program: t.Program, context: ModuleContext): Analysis {
  const walk = new Walk(context, visitors);
  walkProgram(walk, program);
  return walk.analysis;
}

function walkProgram(walk: Walk, program: t.Program): void {
  const frame = walk.newFrame(program, "program", {});
  walk.inFrame(frame, () => {
    frame.top = walk.newScope("program", program);
    walk.scope = frame.top;
    walk.declareBody(program.body, new Set());
    walk.statements(program.body);
  });
  for (const group of walk.groups)
    if (group.some((binding) => binding.captured)) for (const binding of group) binding.captured = true;
}
