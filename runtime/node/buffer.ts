/** `node:buffer`: what are globals too, and what is told of bytes. */

import { atob, btoa } from "../web/base64.ts";
import { Blob, File } from "../web/blob.ts";
import { Buffer, K_MAX_LENGTH, K_STRING_MAX_LENGTH } from "../web/buffer.ts";
import { invalidType } from "../web/buffer-errors.ts";
import { bytesOf } from "../web/interface.ts";
import { TextDecoder } from "../web/text-decoder.ts";

function bytes(value: unknown): Uint8Array {
  const found = bytesOf(value);
  if (found !== undefined) return found;
  throw invalidType("input", "an instance of ArrayBuffer, Buffer, or TypedArray", value);
}

export function isUtf8(input: unknown): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes(input));
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_INVALID_ARG_TYPE") throw error;
    return false;
  }
}

export function isAscii(input: unknown): boolean {
  return bytes(input).every((byte) => byte < 0x80);
}

export const kMaxLength = K_MAX_LENGTH;
export const kStringMaxLength = K_STRING_MAX_LENGTH;
export const constants = { MAX_LENGTH: K_MAX_LENGTH, MAX_STRING_LENGTH: K_STRING_MAX_LENGTH };
export { atob, Blob, Buffer, btoa, File };
