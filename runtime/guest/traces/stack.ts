/**
 * `stack` of errors: the author's lines, and the frames that awaited.
 *
 *   TripError: no seats left
 *       at reserve (workflows/trip.ts:31:11)
 *       at async bookTrip (workflows/trip.ts:12:5)
 *
 * What the engine captured stays with it until `stack` is read or the thread is saved; then its places in the program's code go
 * into the error's trace, and that is what is saved. The text is made of the trace and the program's debug part when somebody
 * reads it (I2: a function of both). Nothing here costs anything before an error is made.
 *
 * The engine asks `Error.prepareStackTrace`, which is ours until a script sets its own, as it is Node's in Node.
 */
import type { DebugQuestion, ProgramDebug, TracePlace } from "#protocol";
import { CodeUnit, UNIT_BASE } from "../dynamic/code-unit.ts";
import { askDebug } from "../dynamic/source-text.ts";
import { markNative } from "../globals/function-source.ts";
import { noteOddProperties } from "../heap/property-definitions.ts";
import { captureStackTrace, isStack, stackGetter, stackSetter } from "../heap/stack.ts";
import {
  append,
  arrayJoin,
  defineHidden,
  errorToString,
  isObject,
  jsonParse,
  NativeError,
  objectDefineProperty,
  reflectApply,
  reflectDefineProperty,
  reflectDeleteProperty,
  reflectGet,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  reflectSet,
  reflectSetPrototypeOf,
  stringSlice,
} from "../primordials.ts";
import { ErrorTrace } from "../records.ts";
import { ProxySlot } from "../slots.ts";
import { awaitingNow } from "./note.ts";
import { placesOf } from "./places.ts";
import { TraceSlot } from "./trace-slot.ts";

/** What `Error.stackTraceLimit` is at first. Frames of the runtime count too, and are left out of the text. */
export const STACK_TRACE_LIMIT = 30;
/** So many causes of causes are told. */
const CAUSES_MAX = 10;
/** A message may be of any length; what is told of an error is not. */
const CHARACTERS_MAX = 16 * 1024;

/** What the engine is given for a stack that was only asked for its trace. */
const UNREAD: object = Object.freeze({});
let wantsTrace = false;

function prepareStackTrace(error: object, sites: readonly object[]): unknown {
  let trace = TraceSlot.get(error);
  // Captured anew, by the script: a capture of ours has no sites.
  if (trace === undefined || (trace.places !== undefined && sites.length > 0)) {
    trace = new ErrorTrace(awaitingNow());
    TraceSlot.put(error, trace);
  }
  trace.places ??= placesOf(sites);
  if (wantsTrace) return UNREAD;
  trace.header ??= headerOf(error);
  const text = textOf(trace, trace.header);
  TraceSlot.setText(error, text);
  return text;
}

function headerOf(error: object): string {
  try {
    return errorToString(error as Error);
  } catch {
    return "<error>";
  }
}

function textOf(trace: ErrorTrace, header: string): string {
  let text = header;
  const calls = linesOf(trace.places ?? []);
  for (let i = 0; i < calls.length; i++) if (calls[i] !== "") text += `\n    at ${calls[i]}`;
  const awaiting = linesOf(trace.awaiting);
  for (let i = 0; i < awaiting.length; i++) if (awaiting[i] !== "") text += `\n    at async ${awaiting[i]}`;
  return text;
}

/** The lines of places as a trace holds them (`note.ts`, `places.ts`). */
function linesOf(places: readonly unknown[]): string[] {
  const lines: string[] = [];
  let asked: TracePlace[] = [];
  const ask = (unit: CodeUnit | undefined): void => {
    if (asked.length === 0) return;
    const question: DebugQuestion = { kind: "places", places: asked, debug: unit === undefined ? null : debugOf(unit) };
    const answer = askDebug(question);
    const found = answer === "" ? [] : (jsonParse(answer) as string[]);
    for (let i = 0; i < found.length; i++) append(lines, found[i]!);
    asked = [];
  };
  for (let i = 0; i < places.length; ) {
    const first = places[i]!;
    const unit = isObject(first) ? (first as CodeUnit) : undefined;
    if (unit !== undefined) {
      ask(undefined);
      i++;
    }
    const a = places[i++] as number;
    const b = places[i++] as number;
    const index = unit === undefined ? -1 - a : UNIT_BASE - a;
    append(asked, a < 0 ? ["site", index, b] : ["code", a, b]);
    if (unit !== undefined) ask(unit);
  }
  ask(undefined);
  return lines;
}

function debugOf(unit: CodeUnit): ProgramDebug {
  const { map, functions, file } = CodeUnit.debug(unit);
  return { sources: [file], sourcesContent: [CodeUnit.text(unit)], functions, spans: [CodeUnit.spans(unit)], map };
}

/** `stack` as it is saved: the trace while the text is ours to make, else what a script put there. Runs no guest code. */
export function savedStackOf(holder: object): unknown {
  const value = engineStackOf(holder);
  const trace = TraceSlot.get(holder);
  if (value === UNREAD) {
    arm(holder, trace!);
    return trace;
  }
  return trace !== undefined && TraceSlot.text(holder) === value ? trace : value;
}

/** Gives a holder the stack that was saved. */
export function restoreStack(holder: object, saved: unknown): void {
  if (saved instanceof ErrorTrace) {
    TraceSlot.put(holder, saved);
    capture(holder);
  } else {
    captureStackTrace(holder);
    reflectApply(stackSetter, holder, [saved]);
  }
}

/** What the engine has as `stack`, without a text of ours: a script's `prepareStackTrace` is put aside for the moment (I5). */
function engineStackOf(holder: object): unknown {
  const hook = reflectGetOwnPropertyDescriptor(NativeError, "prepareStackTrace");
  const isOurs = hook !== undefined && hook.value === prepareStackTrace;
  // Else what it inherits would count as a part of it when it is put back.
  if (hook !== undefined) reflectSetPrototypeOf(hook, null);
  wantsTrace = true;
  try {
    if (!isOurs) defineHidden(NativeError, "prepareStackTrace", prepareStackTrace);
    return reflectApply(stackGetter, holder, []);
  } finally {
    wantsTrace = false;
    if (hook === undefined) reflectDeleteProperty(NativeError, "prepareStackTrace");
    else if (!isOurs) reflectDefineProperty(NativeError, "prepareStackTrace", hook);
  }
}

/** The next read makes the text. Where the property cannot be made anew, it is made now. */
function arm(holder: object, trace: ErrorTrace): void {
  const property = reflectGetOwnPropertyDescriptor(holder, "stack")!;
  reflectSetPrototypeOf(property, null);
  try {
    capture(holder);
    if (property.enumerable === true) reflectDefineProperty(holder, "stack", property);
  } catch {
    const text = textOf(trace, plainHeaderOf(holder));
    reflectApply(stackSetter, holder, [text]);
    TraceSlot.setText(holder, text);
  }
}

/** A capture without sites. */
function capture(holder: object): void {
  const limit = reflectGet(NativeError, "stackTraceLimit");
  reflectSet(NativeError, "stackTraceLimit", 0);
  try {
    captureStackTrace(holder);
  } finally {
    reflectSet(NativeError, "stackTraceLimit", limit);
  }
}

/** The text of `stack` without asking a getter of the script's; `undefined` for what has none. */
export function stackTextOf(error: unknown): string | undefined {
  if (!isObject(error) || ProxySlot.has(error)) return undefined;
  const property = reflectGetOwnPropertyDescriptor(error, "stack");
  if (property === undefined) return undefined;
  if (!isStack("stack", property)) return typeof property.value === "string" ? property.value : undefined;
  const saved = savedStackOf(error);
  if (saved instanceof ErrorTrace) return textOf(saved, saved.header ?? plainHeaderOf(error));
  return typeof saved === "string" ? saved : undefined;
}

/** The same with the errors that caused it, each behind the one before. */
export function stackWithCauses(error: unknown): string | undefined {
  const texts: string[] = [];
  let cause = error;
  for (let depth = 0; depth <= CAUSES_MAX; depth++) {
    const text = stackTextOf(cause);
    if (text === undefined) break;
    append(texts, text);
    cause = reflectGetOwnPropertyDescriptor(cause as object, "cause")?.value;
  }
  return texts.length === 0 ? undefined : stringSlice(arrayJoin(texts, "\nCaused by: "), 0, CHARACTERS_MAX);
}

function plainHeaderOf(error: object): string {
  const name = dataValue(error, "name") ?? "Error";
  const message = dataValue(error, "message") ?? "";
  return name === "" || message === "" ? `${name}${message}` : `${name}: ${message}`;
}

function dataValue(error: object, key: string): string | undefined {
  for (let holder: object | null = error; holder !== null; holder = reflectGetPrototypeOf(holder)) {
    if (ProxySlot.has(holder)) return undefined;
    const property = reflectGetOwnPropertyDescriptor(holder, key);
    if (property !== undefined) return typeof property.value === "string" ? property.value : undefined;
  }
  return undefined;
}

/** It defines `stack` upon whatever it is given. Calls of the runtime's own do not show in a text. */
const onError = {
  captureStackTrace(target: object, ...upTo: unknown[]): void {
    noteOddProperties(target);
    captureStackTrace(target, typeof upTo[0] === "function" ? upTo[0] : onError.captureStackTrace);
  },
};

/** Before any code of a program. */
export function installStacks(): void {
  markNative(onError.captureStackTrace);
  objectDefineProperty(onError.captureStackTrace, "length", { __proto__: null, value: 2 } as object);
  defineHidden(NativeError, "captureStackTrace", onError.captureStackTrace);
  markNative(prepareStackTrace);
  defineHidden(NativeError, "prepareStackTrace", prepareStackTrace);
  reflectSet(NativeError, "stackTraceLimit", STACK_TRACE_LIMIT);
}
