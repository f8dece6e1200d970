/** A thread's state record for people: source positions of its awaits, its frames' local variables by name. */
import { type Program, sitePosition, type ThreadState } from "#protocol";
import { type HeapView, readHeap } from "#runtime";
import type { AwaitView, FrameView, ThreadView } from "./client.ts";

export function threadView(
  threadId: string,
  state: ThreadState,
  program: Program | undefined,
  stateBytes: number,
): ThreadView {
  const heap: HeapView | undefined =
    program === undefined || state.heap.length === 0 ? undefined : readHeap(state.heap, program.tables);
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
    frames: (heap?.frames ?? []).map(
      (frame): FrameView => ({
        function: program?.tables.functions[frame.functionIndex]?.id ?? String(frame.functionIndex),
        position: sitePosition(program, frame.functionIndex, frame.site),
        locals: Object.fromEntries(frame.locals),
      }),
    ),
    mailbox: state.mailbox.map((entry) => entry.ref),
    fault: state.fault === null ? null : { code: state.fault.code, message: state.fault.message },
  };
}
