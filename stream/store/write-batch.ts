/**
 * One atomic write. Why one has failed is told by LMDB's client in a promise beside the error: unheard it would end the
 * process, which a full disk must not.
 */
import type { RootDatabase } from "lmdb";

/** For both stores. Writes are batched by them: batches that LMDB's client makes of each turn have promises that nobody hears. */
export const LMDB_OPTIONS = {
  noMemInit: true,
  eventTurnBatching: false,
  keyEncoding: "binary",
  encoding: "binary",
} as const;

/** A key that is not there. */
const NOBODY = Buffer.from("nobody");

/** @throws the system's error: a full disk says "No space left on device" */
export async function writeBatch(root: RootDatabase, compose: () => void): Promise<void> {
  try {
    await root.batch(compose);
  } catch (error) {
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
