/**
 * Changelog values: envelopes, pieces of large values, and the two reserved keys.
 *
 * Grammar (numbers are big endian; one version byte for both forms):
 *
 *   head  (key K)              = 'K' 'W' version:u8 codec:u8 pieces:u32 checksum:u32 part
 *   piece (key K '\0' i, i≥1)  = 'K' 'w' version:u8 codec:u8 index:u32 checksum:u32 part
 *
 * `checksum` is CRC32C of the *whole* payload, in the head and in each piece, so that a piece of another value is found
 * out. The payload is the parts in order. Codec 0 is the payload as it is. A newer version is `UnknownFormatVersion`: it
 * halts the partition and never dead-letters (I4). No deltas: compaction would eat their base.
 */
import { crc32c } from "./crc32c.ts";
import { KawaitError } from "./errors.ts";

export const CHANGELOG_VERSION = 1;
/** The changelog's identity; written by its first transaction. */
export const ID_KEY = "\0id";
/** The last record of every transaction: the only authority on the position (I1). */
export const OFFSET_KEY = "\0offset";

const MAGIC = 0x4b;
const HEAD = 0x57;
const PIECE = 0x77;
const HEADER_BYTES = 12;
const CODEC_PLAIN = 0;

/** True for keys that a processor may use: not empty, no `\0` (pieces and reserved keys have one). */
export function isStateKey(key: string): boolean {
  return key !== "" && !key.includes("\0");
}

/** The key of piece `index` (1 and up) of a value. */
export function pieceKey(key: string, index: number): string {
  return `${key}\0${index}`;
}

export interface ChangelogEntry {
  readonly key: string;
  readonly value: Uint8Array | null;
}

function part(kind: number, number: number, checksum: number, payload: Uint8Array): Uint8Array {
  // In Node's pool: a record is let go when its transaction is committed.
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  bytes[0] = MAGIC;
  bytes[1] = kind;
  bytes[2] = CHANGELOG_VERSION;
  bytes[3] = CODEC_PLAIN;
  bytes.writeUInt32BE(number, 4);
  bytes.writeUInt32BE(checksum, 8);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/**
 * The records that put `payload` at `key`, or delete it (`null`).
 *
 * @param partBytes the most bytes of payload in one record
 * @param previousPieces in how many records the present value lies: surplus ones are tombstoned
 */
export function encodeEnvelopes(
  key: string,
  payload: Uint8Array | null,
  partBytes: number,
  previousPieces: number,
): ChangelogEntry[] {
  const entries: ChangelogEntry[] = [];
  let pieces = 0;
  if (payload === null) {
    entries.push({ key, value: null });
    pieces = 1;
  } else {
    pieces = Math.max(1, Math.ceil(payload.length / partBytes));
    const checksum = crc32c(payload);
    entries.push({ key, value: part(HEAD, pieces, checksum, payload.subarray(0, partBytes)) });
    for (let index = 1; index < pieces; index++) {
      const slice = payload.subarray(index * partBytes, (index + 1) * partBytes);
      entries.push({ key: pieceKey(key, index), value: part(PIECE, index, checksum, slice) });
    }
  }
  for (let index = pieces; index < previousPieces; index++) entries.push({ key: pieceKey(key, index), value: null });
  return entries;
}

interface Part {
  readonly number: number;
  readonly checksum: number;
  readonly bytes: Uint8Array;
}

function readPart(key: string, value: Uint8Array, kind: number): Part {
  if (value.length < HEADER_BYTES || value[0] !== MAGIC || value[1] !== kind) {
    throw new KawaitError(
      "CorruptState",
      `the changelog value of ${JSON.stringify(key)} is no envelope: is the topic written by somebody else?`,
    );
  }
  if (value[2]! > CHANGELOG_VERSION || value[3] !== CODEC_PLAIN) {
    throw new KawaitError(
      "UnknownFormatVersion",
      `the changelog value of ${JSON.stringify(key)} has format version ${value[2]}, codec ${value[3]}; this process ` +
        `knows version ${CHANGELOG_VERSION}: upgrade it`,
    );
  }
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return { number: view.getUint32(4), checksum: view.getUint32(8), bytes: value.subarray(HEADER_BYTES) };
}

/** In how many records the value lies whose head envelope this is. */
export function piecesOf(key: string, head: Uint8Array): number {
  return readPart(key, head, HEAD).number;
}

/** `piecesOf` a value that may be no head, or one of another version: undefined then. */
export function envelopePieces(value: Uint8Array): number | undefined {
  if (value.length < HEADER_BYTES || value[0] !== MAGIC || value[1] !== HEAD) return undefined;
  if (value[2]! > CHANGELOG_VERSION || value[3] !== CODEC_PLAIN) return undefined;
  return new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(4);
}

/** The payload's part in one envelope: a view, its checksum not asked. */
export function envelopePart(envelope: Uint8Array): Uint8Array {
  return envelope.subarray(HEADER_BYTES);
}

/**
 * The payload at `key`, from its head and, through `read`, its pieces. The result is a copy.
 *
 * @throws KawaitError `CorruptState`: a piece is missing or the checksum does not fit; `UnknownFormatVersion`
 */
export function decodeEnvelopes(
  key: string,
  head: Uint8Array,
  read: (key: string) => Uint8Array | undefined,
): Uint8Array {
  const first = readPart(key, head, HEAD);
  let payload: Uint8Array;
  if (first.number === 1) {
    payload = new Uint8Array(first.bytes);
  } else {
    const parts = [first.bytes];
    for (let index = 1; index < first.number; index++) {
      const value = read(pieceKey(key, index));
      if (value === undefined) throw corrupt(key, `piece ${index} of ${first.number} is missing`);
      const piece = readPart(key, value, PIECE);
      if (piece.number !== index || piece.checksum !== first.checksum) {
        throw corrupt(key, `piece ${index} of ${first.number} belongs to another value`);
      }
      parts.push(piece.bytes);
    }
    payload = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
    let at = 0;
    for (const each of parts) {
      payload.set(each, at);
      at += each.length;
    }
  }
  if (crc32c(payload) !== first.checksum) throw corrupt(key, "its checksum does not fit");
  return payload;
}

function corrupt(key: string, what: string): KawaitError {
  return new KawaitError("CorruptState", `the changelog value of ${JSON.stringify(key)} is damaged: ${what}`);
}

/** Value of `\0id`. */
export interface ChangelogIdentity {
  readonly version: number;
  readonly installation: string;
  /** Partition count of the input when the changelog was begun. */
  readonly partitions: number;
  /** Random; another one means another changelog under the same name. */
  readonly changelogId: string;
}

/** Value of `\0offset`: the next offset by input topic. */
export interface ChangelogPosition {
  readonly version: number;
  readonly next: Readonly<Record<string, number>>;
}

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export function encodeReserved(value: ChangelogIdentity | ChangelogPosition): Uint8Array {
  return utf8.encode(JSON.stringify(value));
}

function decodeReserved(key: string, payload: Uint8Array): { readonly version: number } {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8.decode(payload));
  } catch (cause) {
    throw new KawaitError("CorruptState", `the changelog's ${JSON.stringify(key)} is no JSON`, { cause });
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version !== "number") throw corrupt(key, "it has no version");
  if (version > CHANGELOG_VERSION) {
    throw new KawaitError(
      "UnknownFormatVersion",
      `the changelog's ${JSON.stringify(key)} has version ${version}; this process knows ${CHANGELOG_VERSION}: upgrade it`,
    );
  }
  return value as { readonly version: number };
}

export function decodeIdentity(payload: Uint8Array): ChangelogIdentity {
  return decodeReserved(ID_KEY, payload) as ChangelogIdentity;
}

export function decodePosition(payload: Uint8Array): ChangelogPosition {
  return decodeReserved(OFFSET_KEY, payload) as ChangelogPosition;
}
