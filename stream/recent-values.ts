/**
 * What this session has committed last, by key: a hot key is answered with the very bytes that were written, without the
 * store. Always as the store is, since nothing but commits changes it (I1); how much is kept is bounded.
 */

const BYTES_MAX = 16 * 1024 * 1024;
/** What an entry takes beside key and value, about; whoever decodes values keeps about as much again for each. */
const ENTRY_BYTES = 512;

export interface RecentValue {
  /** `null`: deleted. */
  readonly value: Uint8Array | null;
  /** In how many changelog records it lies; 0 when deleted. */
  readonly pieces: number;
}

export class RecentValues {
  /** Least recently written first. */
  readonly #values = new Map<string, RecentValue>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get(key: string): RecentValue | undefined {
    return this.#values.get(key);
  }

  set(key: string, recent: RecentValue): void {
    this.#delete(key);
    this.#values.set(key, recent);
    this.#bytes += sizeOf(recent);
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    const known = this.#values.get(key);
    if (known === undefined) return;
    this.#values.delete(key);
    this.#bytes -= sizeOf(known);
  }
}

function sizeOf({ value }: RecentValue): number {
  return ENTRY_BYTES + 2 * (value?.length ?? 0);
}
