/** The threads of the records that are taken up together: their states, decoded once and written once, and their seeds. */
import { hash } from "node:crypto";
import { decodeState, encodeState, type ThreadState } from "#protocol";
import type { Batch } from "#stream";

const SEED_BYTES = 16;
const TWO_32 = 2 ** 32;

/**
 * What a state decodes to, for as long as the runner keeps its bytes at hand: on the bytes themselves, so never another
 * value's, and never stale. A WeakMap would say the same, and cost the collector five microseconds an entry.
 */
const DECODED = Symbol("decoded");
type StateBytes = Uint8Array & { [DECODED]?: ThreadState };

export class Segment {
  readonly batch: Batch;
  readonly #states = new Map<string, ThreadState | undefined>();
  readonly #changed = new Set<string>();
  /** The batch's seed, and behind it the place for a record's offset. */
  readonly #seedInput: Buffer;

  constructor(batch: Batch) {
    this.batch = batch;
    this.#seedInput = Buffer.concat([batch.seed, new Uint8Array(8)]);
  }

  state(threadId: string): ThreadState | undefined {
    if (this.#states.has(threadId)) return this.#states.get(threadId);
    const bytes: StateBytes | undefined = this.batch.get(threadId);
    const state = bytes === undefined ? undefined : (bytes[DECODED] ?? decodeState(bytes));
    this.#states.set(threadId, state);
    return state;
  }

  set(threadId: string, state: ThreadState): void {
    this.#states.set(threadId, state);
    this.#changed.add(threadId);
  }

  /** @returns when the first of those that have ended may be dropped; infinity: none has */
  flush(): number {
    let expiryMs = Number.POSITIVE_INFINITY;
    for (const threadId of this.#changed) {
      const state = this.#states.get(threadId);
      if (state === undefined) continue;
      if (state.expiresMs > 0) expiryMs = Math.min(expiryMs, state.expiresMs);
      const bytes: StateBytes = encodeState(state);
      bytes[DECODED] = state;
      this.batch.put(threadId, bytes);
    }
    this.#changed.clear();
    return expiryMs;
  }

  /** 16 bytes, a function of the batch's seed and the record's offset: the same in every re-run (I2). */
  seedOf(offset: number): Uint8Array {
    const at = this.#seedInput.length - 8;
    this.#seedInput.writeUInt32BE(Math.floor(offset / TWO_32), at);
    this.#seedInput.writeUInt32BE(offset % TWO_32, at + 4);
    return Buffer.from(hash("sha256", this.#seedInput, "hex").slice(0, 2 * SEED_BYTES), "hex");
  }
}
