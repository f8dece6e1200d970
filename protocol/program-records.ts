/**
 * Programs in the compacted topic `workflow-programs` (one partition):
 *
 *   piece    key `piece/<hash>/<i>`      value = magic 'P', version 1, bytes of the packed program from i × PIECE on
 *   program  key `program/<hash>`        value = magic 'Q', version 1, JSON {"pieces", "bytes", "codec", "limits"?}; behind its pieces
 *   name     key `workflow/<name>`       value = magic 'N', version 1, JSON {"hash", "isDefault"}; behind its program
 *
 * Packing (JSON, compressed) is the caller's: this file knows records only. All of one deploy is one transaction or,
 * from a plain producer, in this order; a reader takes up a name only when its program is whole.
 *
 * The limits are beside the program, not in its hash: deployed again with others, they count for the threads that run it.
 */
import { KawaitError } from "./errors.ts";
import { LIMIT_NAMES, type Limits, limitProblem } from "./limits.ts";

/** Bytes of one piece: far below the usual record limit of 1 MB. */
export const PROGRAM_PIECE_BYTES = 512 * 1024;

/** 512 MiB of them, packed. */
const PIECES_MAX = 1_024;

const VERSION = 1;
const HEAD = 2;
const PIECE = "P".charCodeAt(0);
const PROGRAM = "Q".charCodeAt(0);
const NAME = "N".charCodeAt(0);

export interface ProgramHead {
  readonly pieces: number;
  readonly bytes: number;
  readonly codec: "gzip";
  /** What the workflow has declared, or who deployed it for it. */
  readonly limits?: Partial<Limits>;
}

export interface NameEntry {
  readonly hash: string;
  readonly isDefault: boolean;
}

export interface ProgramRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

export type ParsedProgramRecord =
  | { readonly kind: "piece"; readonly hash: string; readonly index: number; readonly bytes: Uint8Array }
  | { readonly kind: "program"; readonly hash: string; readonly head: ProgramHead }
  | { readonly kind: "name"; readonly name: string; readonly entry: NameEntry | null }
  | { readonly kind: "other" };

/** The records of one deploy, in the order in which they are to be written. */
export function programRecords(
  name: string,
  hash: string,
  packed: Uint8Array,
  isDefault: boolean,
  limits: Partial<Limits> = {},
): ProgramRecord[] {
  const records: ProgramRecord[] = [];
  for (let at = 0, index = 0; at < packed.length; at += PROGRAM_PIECE_BYTES, index++)
    records.push({ key: `piece/${hash}/${index}`, value: frame(PIECE, packed.subarray(at, at + PROGRAM_PIECE_BYTES)) });
  const head: ProgramHead = {
    pieces: records.length,
    bytes: packed.length,
    codec: "gzip",
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
  records.push({ key: `program/${hash}`, value: frame(PROGRAM, json(head)) });
  const entry: NameEntry = { hash, isDefault };
  records.push({ key: `workflow/${name}`, value: frame(NAME, json(entry)) });
  return records;
}

/** @throws KawaitError `UnknownFormatVersion`, `CorruptState` */
export function parseProgramRecord(key: string, value: Uint8Array | null): ParsedProgramRecord {
  const [kind, first, second] = key.split("/");
  if (kind === "workflow" && first !== undefined) {
    const name = key.slice("workflow/".length);
    return { kind: "name", name, entry: value === null ? null : entryOf(parse(unframe(NAME, value))) };
  }
  if (value === null || first === undefined) return { kind: "other" };
  if (kind === "piece") {
    const index = Number(second ?? Number.NaN);
    if (!isCount(index)) throw new KawaitError("CorruptState", `The key ${key} of the programs topic names no piece.`);
    return { kind: "piece", hash: first, index, bytes: unframe(PIECE, value) };
  }
  if (kind === "program") return { kind: "program", hash: first, head: headOf(parse(unframe(PROGRAM, value))) };
  return { kind: "other" };
}

function entryOf(content: object): NameEntry {
  const { hash, isDefault } = content as Partial<NameEntry>;
  if (typeof hash === "string") return { hash, isDefault: isDefault === true };
  throw new KawaitError("CorruptState", "A name in the programs topic stands for no hash.");
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Limits that this version does not know, of a newer one, are passed over. */
function headOf(content: object): ProgramHead {
  const { limits, ...head } = content as ProgramHead;
  if (!isCount(head.pieces) || head.pieces > PIECES_MAX || !isCount(head.bytes))
    throw new KawaitError("CorruptState", "A program in the programs topic says nothing of its pieces.");
  if (typeof limits !== "object" || limits === null) return head;
  const known: Record<string, number> = {};
  for (const name of LIMIT_NAMES) {
    const value = limits[name];
    if (value === undefined) continue;
    const problem = limitProblem(name, value);
    if (problem !== undefined) throw new KawaitError("CorruptState", `A record of the programs topic: ${problem}.`);
    known[name] = value;
  }
  return { ...head, limits: known };
}

function frame(magic: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEAD + content.length);
  bytes[0] = magic;
  bytes[1] = VERSION;
  bytes.set(content, HEAD);
  return bytes;
}

function unframe(magic: number, value: Uint8Array): Uint8Array {
  if (value[0] !== magic) throw new KawaitError("CorruptState", "A record of the programs topic has an unknown form.");
  if (value[1] !== VERSION)
    throw new KawaitError(
      "UnknownFormatVersion",
      `A program was deployed in format ${value[1]}; this version reads ${VERSION}: upgrade it.`,
    );
  return value.subarray(HEAD);
}

function json(content: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(content));
}

function parse(bytes: Uint8Array): object {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new KawaitError("CorruptState", "A record of the programs topic is no JSON.", { cause });
  }
  if (typeof content === "object" && content !== null) return content;
  throw new KawaitError("CorruptState", "A record of the programs topic is no JSON object.");
}
