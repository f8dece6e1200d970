/**
 * What a context is told of its program beside the code: the tables, and what the whole text tells and would take each context
 * milliseconds to find out. Made by the host once per program; a pure function of the program (I2).
 *
 *   text := head "\n" functions        both JSON, which has no raw line ends
 *
 * The table of functions is the largest by far, and a context reads it only for names in errors: it stands apart.
 */
import type { ProgramTables } from "./program.ts";

/** The head of the text. */
export interface GuestTables extends Omit<ProgramTables, "functions"> {
  /** Of the random numbers during load: 16 bytes. */
  readonly loadSeed: readonly number[];
  /** Names that the code assigns to as properties anywhere: an instance may override what its prototype has there. */
  readonly assignedNames: readonly string[];
  /** Of the strings, by which the guest finds them (`runtime/guest/heap/string-index.ts`). */
  readonly stringHashes: readonly number[];
}

const SEED_BYTES = 16;
const ASSIGNED_NAME = /(?:\.|\[["'])([\w$]+)(?:["']\])?\s*(?:[-+*/%&|^?]{0,3}=(?!=)|\+\+|--)/g;

export function guestTables(code: string, tables: ProgramTables): string {
  const { functions, ...rest } = tables;
  const head: GuestTables = {
    ...rest,
    loadSeed: loadSeed(JSON.stringify(tables)),
    assignedNames: assignedNames(code),
    stringHashes: tables.strings.map(stringHash),
  };
  return `${JSON.stringify(head)}\n${JSON.stringify(functions)}`;
}

export function assignedNames(code: string): string[] {
  return [...new Set(Array.from(code.matchAll(ASSIGNED_NAME), ([, name]) => name as string))];
}

/** As the guest's own. */
export function stringHash(text: string): number {
  let hash = text.length;
  for (let index = 0; index < text.length; index += 2) {
    const next = index + 1 < text.length ? text.charCodeAt(index + 1) : 0;
    hash = Math.imul(hash ^ (text.charCodeAt(index) | (next << 16)), 16_777_619);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 16_777_619);
  return hash ^ (hash >>> 13);
}

/** FNV-1a over the tables, which name the program's every function, and then over the number of each byte. */
function loadSeed(text: string): number[] {
  let hash = 2_166_136_261;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619);
  return Array.from({ length: SEED_BYTES }, (_, byte) => {
    hash = Math.imul(hash ^ byte, 16_777_619);
    return hash >>> 24;
  });
}
