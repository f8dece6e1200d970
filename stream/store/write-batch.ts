/**
 * One atomic write. A disk that is nearly full is found out before LMDB does: the native library writes past a buffer when
 * it tells of a write that the system has refused, and a process whose memory is damaged may end at any time.
 */
import { statfsSync } from "node:fs";
import type { RootDatabase } from "lmdb";

/** So much of the disk is left free: more than one write takes. */
const FREE_BYTES_MIN = 32 * 1024 * 1024;

/** For both stores. Writes are batched by them: batches that LMDB's client makes of each turn have promises that nobody hears. */
export const LMDB_OPTIONS = {
  noMemInit: true,
  eventTurnBatching: false,
  keyEncoding: "binary",
  encoding: "binary",
} as const;

/** A key that is not there. */
const NOBODY = Buffer.from("nobody");

/** What is free on the disk of a folder, in bytes. */
export function freeBytesOf(folder: string): () => number {
  return () => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
}

/** @throws an error with the words and the code of the system's when the disk is nearly full */
export function assertFree(freeBytes: () => number): void {
  const free = freeBytes();
  if (free >= FREE_BYTES_MIN) return;
  const message = `No space left on device: ${free} bytes are free, and ${FREE_BYTES_MIN} are left free`;
  throw Object.assign(new Error(message), { code: "ENOSPC" });
}

/** @throws the system's error, or one with its words: a full disk says "No space left on device" */
export async function writeBatch(root: RootDatabase, freeBytes: () => number, compose: () => void): Promise<void> {
  assertFree(freeBytes);
  try {
    await root.batch(compose);
  } catch (error) {
    // Why it has failed is told in a promise beside the error: unheard it would end the process.
    const reason = await reasonOf(error);
    // The client never ends the flush of a write that failed, and would wait for it when it is closed. An empty write, for
    // which there is always room, takes its place.
    await root.batch(() => root.remove(NOBODY)).catch(() => {});
    throw reason;
  }
}

async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { readonly commitError?: Promise<never> };
  if (commitError === undefined) return error;
  return await commitError.catch((reason: unknown) => reason);
}
