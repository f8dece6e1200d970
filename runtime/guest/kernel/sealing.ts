/**
 * A snapshot taken by hand, with what a state record has for its heap: a version and a checksum, so that bytes cut short or
 * changed are a named error and never another state (I4).
 *
 *   snapshot := 'K' 'H' version:u8 checksum:u32 heap        CRC32C of the heap, big endian
 */
import { crc32c } from "#protocol";
import { HeapError } from "../heap/index.ts";
import { NativeUint8Array } from "../primordials.ts";
import type { Saved } from "./saving.ts";

const VERSION = 1;
const HEAD_BYTES = 7;

export function seal({ bytes, length }: Saved): Saved {
  const sealed = new NativeUint8Array(HEAD_BYTES + length);
  const checksum = crc32c(bytes, 0, length);
  sealed[0] = 0x4b;
  sealed[1] = 0x48;
  sealed[2] = VERSION;
  for (let i = 0; i < 4; i++) sealed[3 + i] = checksum >>> (24 - i * 8);
  for (let i = 0; i < length; i++) sealed[HEAD_BYTES + i] = bytes[i]!;
  return { bytes: sealed, length: HEAD_BYTES + length };
}

/** @throws HeapError `CorruptState`, `UnknownFormatVersion` */
export function unseal({ bytes, length }: Saved): Uint8Array {
  if (length < HEAD_BYTES || bytes[0] !== 0x4b || bytes[1] !== 0x48) damaged("it does not begin as one");
  if (bytes[2] !== VERSION) {
    throw new HeapError(
      "UnknownFormatVersion",
      `The snapshot has format ${bytes[2]}; this runtime reads ${VERSION}. Upgrade it.`,
    );
  }
  let checksum = 0;
  for (let i = 0; i < 4; i++) checksum = checksum * 256 + bytes[3 + i]!;
  if (checksum !== crc32c(bytes, HEAD_BYTES, length)) damaged("its checksum does not fit");
  const heap = new NativeUint8Array(length - HEAD_BYTES);
  for (let i = HEAD_BYTES; i < length; i++) heap[i - HEAD_BYTES] = bytes[i]!;
  return heap;
}

function damaged(what: string): never {
  throw new HeapError("CorruptState", `The snapshot is damaged: ${what}.`);
}
