/**
 * The frames that await while an error is on its way: noted when it first leaves a frame or meets a `catch` clause, for later
 * they have gone on. Places of the calls themselves are the engine's to keep until somebody asks (`places.ts`).
 */
import { waiterOf } from "../frames/waiting.ts";
import { isStack } from "../heap/stack.ts";
import { append, isObject, reflectGetOwnPropertyDescriptor } from "../primordials.ts";
import { type AsyncFrame, type AsyncGeneratorFrame, ErrorTrace } from "../records.ts";
import { ProxySlot } from "../slots.ts";
import { running } from "./running.ts";
import { tellAsWritten } from "./site-names.ts";
import { TraceSlot } from "./trace-slot.ts";

/** So many frames are told. */
const FRAMES_MAX = 10;

/**
 * As a trace holds them: `-1 - function index, site` for a frame of the program, `unit, index below zero, site` for one of code
 * made at run time.
 */
export function awaitingNow(): unknown[] {
  const awaiting: unknown[] = [];
  const { frame: outermost } = running;
  if (outermost === undefined) return awaiting;
  let frame: AsyncFrame | AsyncGeneratorFrame | undefined = waiterOf(outermost);
  for (let count = 0; frame !== undefined && count < FRAMES_MAX; count++) {
    const { index, unit } = frame.d;
    if (unit !== undefined) append(awaiting, unit);
    append(awaiting, unit === undefined ? -1 - index : index);
    append(awaiting, frame.pc);
    frame = waiterOf(frame);
  }
  return awaiting;
}

export function noteTrace(error: unknown): void {
  if (!isObject(error) || ProxySlot.has(error) || TraceSlot.has(error)) return;
  const stack = reflectGetOwnPropertyDescriptor(error, "stack");
  if (stack === undefined || !isStack("stack", stack)) return;
  new TraceSlot(error, new ErrorTrace(awaitingNow()));
  tellAsWritten(error);
}
