/**
 * Scope analysis of one module: one walk that makes frames, scopes and bindings and says what every identifier, `this`,
 * `arguments`, `new.target`, `super` and private name refers to. Boundary: reads the tree; its one change is to put a
 * block around a function declaration that is the body of an `if`.
 */
import type { types as t } from "@babel/core";
import type { ModuleContext } from "../../phase.ts";
import type { FunctionNode } from "../syntax.ts";
import { argumentsMayAlias, seesMapping } from "./arguments.ts";
import type { Analysis, Frame } from "./model.ts";
import { checkOpaque, findOpaque, isScriptFunction } from "./opaque.ts";
import { visitors } from "./visitors.ts";
import { Walk } from "./walk.ts";

/** Analyses a module. Throws CompileError for what cannot be converted in first-party code. */
export function analyse(program: t.Program, context: ModuleContext): Analysis {
  const opaque = findOpaque(program, context);
  for (;;) {
    const walk = new Walk(context, visitors, opaque);
    walkProgram(walk, program);
    for (const frame of walk.frames) if (frame.lifted) refuseMapping(frame, context);
    const aliased = walk.frames.filter(losesMapping);
    if (aliased.length === 0) return walk.analysis;
    for (const frame of aliased) {
      context.leaveNative(
        "MappedArguments",
        frame.node,
        "a sloppy `arguments` object shares a parameter that an inner function uses; use rest parameters",
      );
      opaque.add(outermost(frame));
      checkOpaque(outermost(frame), context);
    }
  }
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

/** A frame holds parameters and the `arguments` object apart from each other. */
function refuseMapping(frame: Frame, context: ModuleContext): void {
  if (!isMapped(frame)) return;
  const parameters = [...frame.top.bindings.values()].filter((binding) => binding.kind === "parameter");
  if (parameters.length === 0) return;
  if (
    !seesMapping(
      frame.node,
      parameters.some((binding) => binding.assigned),
    )
  )
    return;
  const message = "a sloppy `arguments` object shares its elements with parameters, which cannot be saved";
  context.error("MappedArguments", frame.node, message);
}

/** A sloppy function with parameters that are all names, which mentions its `arguments`. */
function isMapped(frame: Frame): boolean {
  if (frame.strict || (frame.kind !== "function" && frame.kind !== "method")) return false;
  if (frame.top.bindings.get("arguments")?.kind !== "special") return false;
  return (frame.node as FunctionNode).params.every((parameter) => parameter.type === "Identifier");
}

/** The function's `arguments` object would lose a mapping that somebody could see. */
function losesMapping(frame: Frame): boolean {
  if (!isMapped(frame)) return false;
  const fn = frame.node as FunctionNode;
  const captured = [...frame.top.bindings.values()].filter((b) => b.kind === "parameter" && b.captured);
  if (captured.length === 0) return false;
  return argumentsMayAlias(
    fn,
    captured.some((binding) => binding.assigned),
  );
}

/** The whole function at module level around a frame, or the class: a member cannot stay native without it. */
function outermost(frame: Frame): t.Node {
  let found = frame;
  while (found.parent && found.parent.kind !== "program" && !isScriptFunction(found.parent.node)) found = found.parent;
  return found.memberOf?.node ?? found.node;
}
