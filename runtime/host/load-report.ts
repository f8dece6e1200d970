/**
 * What an author is told when a module throws while the program is loaded: the place, the source around it, the stack.
 *
 *   trip.ts:2:26: TypeError: Cannot read properties of undefined (reading 'seats')
 *     1 | const plane = planes.get("jet");
 *   > 2 | export const seats = plane.seats;
 *       |                            ^
 *       at trip.ts:2:26
 *       at main.ts:1:1
 *
 * Boundary: the stack has the author's places already (`runtime/guest/traces/stack.ts`); only those of a text that V8 itself
 * refuses, which is no fault of the author's, are places in the compiled script.
 */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { codeFrame, PROGRAM_SCRIPT, type ProgramDebug } from "#protocol";

export interface LoadPosition {
  readonly source: string;
  /** 1-based. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
}

/** The report goes into a record's header, the thread's state and its status. */
const MESSAGE_CHARACTERS_MAX = 2_000;
const STACK_LINES_MAX = 12;
const STACK_CHARACTERS_MAX = 4_000;

/** A line of a stack: `at load (trip.ts:2:26)`, `at trip.ts:2:26`. */
const STACK_LINE = /^ {4}at (?:.* \()?(.+?):(\d+):(\d+)\)?$/gm;
const FIRST_STACK_LINE = /^ {4}at /m;
/** As V8 names a place in the program's script. */
const SCRIPT_PLACE = new RegExp(String.raw`\b${PROGRAM_SCRIPT}:(\d+):(\d+)`, "g");

/** Where it was thrown: the innermost place in the program's sources; `null` when none is known. */
export function loadPosition(debug: Pick<ProgramDebug, "sources" | "map">, stack: string): LoadPosition | null {
  for (const [, source, line, column] of stack.matchAll(STACK_LINE)) {
    if (debug.sources.includes(source!)) return { source: source!, line: Number(line), column: Number(column) - 1 };
  }
  if (debug.map === "") return null;
  for (const [, line, column] of stack.matchAll(SCRIPT_PLACE)) {
    const found = originalPositionFor(new TraceMap(debug.map), { line: Number(line), column: Number(column) - 1 });
    if (found.source !== null) return { source: found.source, line: found.line, column: found.column };
  }
  return null;
}

/** @param message the thrown value as text, the first line of which its stack may repeat */
export function loadReport(debug: ProgramDebug, message: string, stack: string): string {
  const said = message.length > MESSAGE_CHARACTERS_MAX ? `${message.slice(0, MESSAGE_CHARACTERS_MAX)}… (cut)` : message;
  const at = stack.search(FIRST_STACK_LINE);
  const calls =
    at < 0
      ? ""
      : stack
          .slice(at, at + STACK_CHARACTERS_MAX)
          .split("\n")
          .slice(0, STACK_LINES_MAX)
          .join("\n");
  const position = loadPosition(debug, stack);
  if (position === null) return [said, calls].filter((part) => part !== "").join("\n");
  const { source, line, column } = position;
  const text = debug.sourcesContent[debug.sources.indexOf(source)] ?? "";
  const frame = codeFrame({ file: source, source: text, line, column });
  return [`${source}:${line}:${column + 1}: ${said}`, frame, calls].filter((part) => part !== "").join("\n");
}
