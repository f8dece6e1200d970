/**
 * Draws the source around a place, for what is told to authors by the compiler and by a program that does not load:
 *
 *     3 | async function main() {
 *   > 4 |   with (trip) await book(id);
 *       |   ^^^^
 *     5 | }
 */
export interface ErrorPlace {
  /** Path relative to the deployed folder, or `<package>/<path>`. */
  readonly file: string;
  readonly source: string;
  /** 1-based. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
  /** 0-based, of the end on the same line when it is there. */
  readonly endColumn?: number | undefined;
}

const LINES_AROUND = 2;
/** Minified lines are shown around the place only. */
const LINE_CHARACTERS_MAX = 160;

export function codeFrame(place: ErrorPlace): string {
  const lines = place.source.split(/\r\n|[\n\r\u2028\u2029]/);
  const first = Math.max(1, place.line - LINES_AROUND);
  const last = Math.min(lines.length, place.line + LINES_AROUND);
  const width = String(last).length;
  const cut = Math.max(0, place.column - LINE_CHARACTERS_MAX / 2);
  const drawn: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = (lines[number - 1] ?? "").slice(cut, cut + LINE_CHARACTERS_MAX).replaceAll("\t", " ");
    const mark = number === place.line ? ">" : " ";
    drawn.push(`${mark} ${String(number).padStart(width)} | ${text}`.trimEnd());
    if (number === place.line) {
      const length = Math.max(1, Math.min((place.endColumn ?? 0) - place.column, LINE_CHARACTERS_MAX / 2));
      drawn.push(`  ${" ".repeat(width)} | ${" ".repeat(place.column - cut)}${"^".repeat(length)}`);
    }
  }
  return drawn.join("\n");
}
