/**
 * A thread's state record for people: source positions of its awaits, its frames' local variables by name. Frames of code that
 * was made at run time are named by compiling their text again; what comes out is only looked at.
 */
import { compileCode } from "#compiler";
import { type CodeAnswer, type Program, sitePosition, type ThreadState } from "#protocol";
import { type HeapView, type ImageNames, readHeap, type ViewFrame, type ViewUnit } from "#runtime";
import type { AwaitView, FrameView, ThreadView } from "./client.ts";

const RUN_TIME_CODE = "(code made at run time)";

export function threadView(
  threadId: string,
  state: ThreadState,
  program: Program | undefined,
  stateBytes: number,
  imageNames?: ImageNames,
): ThreadView {
  const heap: HeapView | undefined =
    program === undefined || state.heap.length === 0
      ? undefined
      : readHeap(state.heap, program.tables, undefined, imageNames);
  return {
    threadId,
    workflow: program?.name ?? state.programHash,
    programHash: state.programHash,
    status: state.status,
    step: state.step,
    startedMs: state.startedMs,
    updatedMs: state.timeMs,
    stateBytes,
    awaits: state.awaits.map(
      (pending): AwaitView => ({
        ref: pending.ref,
        function: program?.tables.functions[pending.functionIndex]?.id ?? null,
        position: sitePosition(program, pending.functionIndex, pending.site),
      }),
    ),
    frames: (heap?.frames ?? []).flatMap((frame) => frameView(frame, program) ?? []),
    mailbox: state.mailbox.map((entry) => entry.ref),
    fault: state.fault === null ? null : { code: state.fault.code, message: state.fault.message },
    failure: state.failure ?? null,
  };
}

/** Indexes of objects of the program's image that the view shows by number. */
export function numberedImages(view: ThreadView): readonly number[] {
  const texts = view.frames.flatMap(({ locals }) => Object.values(locals));
  return [...new Set(texts.flatMap((text) => [...text.matchAll(/#program(\d+)/g)].map(([, index]) => Number(index))))];
}

/** Undefined: a frame of the runtime's own. */
function frameView(frame: ViewFrame, program: Program | undefined): FrameView | undefined {
  const { functionIndex, site, locals, unit, isRunTimeCode } = frame;
  if (unit !== undefined) return unitFrameView(unit, site, locals);
  if (isRunTimeCode) return { function: RUN_TIME_CODE, position: null, locals: Object.fromEntries(locals) };
  const name = program?.tables.functions[functionIndex]?.id;
  if (name === undefined) return undefined;
  return {
    function: name,
    position: sitePosition(program, functionIndex, site),
    locals: Object.fromEntries(locals),
  };
}

function unitFrameView(unit: ViewUnit, site: number, locals: ViewFrame["locals"]): FrameView {
  const { kind, text, names, index } = unit;
  const answer = JSON.parse(compileCode(JSON.stringify({ kind, text, names }))) as CodeAnswer;
  const compiled = answer.kind === "unit" ? answer.unit : undefined;
  const entry = compiled?.tables.functions[index];
  const at = compiled?.debug.functions[index]?.sites[site];
  const live = entry?.sites?.[site]?.live ?? [];
  return {
    function: entry?.id ?? RUN_TIME_CODE,
    position: at === undefined ? null : `${compiled?.debug.file}:${at[1]}:${at[2] + 1}`,
    locals: Object.fromEntries(locals.map(([number, value]) => [live[Number(number)] ?? number, value])),
  };
}
