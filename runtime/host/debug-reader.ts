/**
 * A program's debug part, parsed when the guest first asks for something of it: source texts of functions, lines of stacks.
 *
 *   {"kind":"source","mark":"0.1f"}                  →  async function bookTrip(trip: Trip) {…}
 *   {"kind":"places","places":[["site",4,1]]}        →  ["bookTrip (workflows/trip.ts:12:5)"]
 */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { DebugQuestion, FunctionSpan, ProgramDebug, ReadDebug, SourcePosition, TracePlace } from "#protocol";

/** @param text JSON of `ProgramDebug` */
export function debugReader(text: string): ReadDebug {
  let reader: DebugReader | undefined;
  return (question) => {
    try {
      const asked = JSON.parse(question) as DebugQuestion;
      if (asked.kind === "places" && asked.debug !== null) return new DebugReader(asked.debug).answer(asked);
      reader ??= new DebugReader(JSON.parse(text) as ProgramDebug);
      return reader.answer(asked);
    } catch {
      return "";
    }
  };
}

class DebugReader {
  readonly #debug: ProgramDebug;
  #map: TraceMap | undefined;
  /** By source: the offset at which each line starts. */
  readonly #lines: number[][] = [];

  constructor(debug: ProgramDebug) {
    this.#debug = debug;
  }

  answer(question: DebugQuestion): string {
    if (question.kind === "places") return JSON.stringify(question.places.map((place) => this.#line(place)));
    const [source, number] = question.mark.split(".").map((part) => Number.parseInt(part, 36)) as [number, number];
    const [start, end] = this.#debug.spans[source]![number]!;
    return this.#debug.sourcesContent[source]!.slice(start, end);
  }

  #line(place: TracePlace): string {
    const at =
      place[0] === "site" ? this.#debug.functions[place[1]]?.sites[place[2]] : this.#original(place[1], place[2]);
    if (at === undefined || at[1] === 0) return "";
    const [source, line, column] = at;
    const where = `${this.#debug.sources[source]}:${line}:${column + 1}`;
    const name = this.#functionAt(at)?.[2] ?? "";
    return name === "" ? where : `${name} (${where})`;
  }

  #original(line: number, column: number): SourcePosition | undefined {
    this.#map ??= new TraceMap(this.#debug.map);
    const found = originalPositionFor(this.#map, { line, column: column - 1 });
    if (found.source === null) return undefined;
    return [this.#debug.sources.indexOf(found.source), found.line, found.column];
  }

  /** The innermost function around a place: outer ones come first in the list. */
  #functionAt([source, line, column]: SourcePosition): FunctionSpan | undefined {
    const offset = (this.#linesOf(source)[line - 1] ?? 0) + column;
    return (this.#debug.spans[source] ?? []).findLast(([start, end]) => start <= offset && offset < end);
  }

  #linesOf(source: number): number[] {
    let lines = this.#lines[source];
    if (lines === undefined) {
      lines = [0];
      const text = this.#debug.sourcesContent[source] ?? "";
      for (const { index, 0: end } of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) lines.push(index + end.length);
      this.#lines[source] = lines;
    }
    return lines;
  }
}
