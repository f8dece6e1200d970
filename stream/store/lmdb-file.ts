/**
 * A look at an LMDB data file before LMDB maps it: on a file that is garbage or cut short the native library may end the
 * whole process instead of throwing. This sees the two meta pages and the length; a damaged page further inside is found
 * out by the checksums of the envelopes.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

const META_AT = 24;
const MAGIC = 0xbeefc0de;
const PAGE_BYTES_AT = META_AT + 24;
const LAST_PAGE_AT = META_AT + 120;
const TRANSACTION_AT = META_AT + 128;
const META_BYTES = META_AT + 136;

/** @returns what is wrong with the file in `folder`, or undefined when it is sound or not there yet */
export function damageOfLmdbFile(folder: string): string | undefined {
  const path = join(folder, "data.mdb");
  if (!existsSync(path)) return undefined;
  const file = openSync(path, "r");
  try {
    const length = fstatSync(file).size;
    if (length === 0) return undefined;
    const first = metaAt(file, 0);
    if (first === undefined) return "its first page is no LMDB meta page";
    const second = metaAt(file, first.pageBytes);
    if (second === undefined) return "its second page is no LMDB meta page";
    const latest = first.transaction > second.transaction ? first : second;
    const needed = (latest.lastPage + 1n) * BigInt(first.pageBytes);
    return BigInt(length) < needed ? `it has ${length} bytes of ${needed}` : undefined;
  } finally {
    closeSync(file);
  }
}

function metaAt(
  file: number,
  position: number,
): { readonly pageBytes: number; readonly lastPage: bigint; readonly transaction: bigint } | undefined {
  const page = Buffer.alloc(META_BYTES);
  if (readSync(file, page, 0, META_BYTES, position) < META_BYTES || page.readUInt32LE(META_AT) !== MAGIC)
    return undefined;
  return {
    pageBytes: page.readUInt32LE(PAGE_BYTES_AT),
    lastPage: page.readBigUInt64LE(LAST_PAGE_AT),
    transaction: page.readBigUInt64LE(TRANSACTION_AT),
  };
}
