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

/**
 * Two generations: when the young one has half of what may be kept it becomes the old one, and what was old is let go as
 * a whole. A map from which the oldest is taken one by one would be walked over its holes at each write.
 */
export class RecentValues {
  #young = new Map<string, RecentValue>();
  #old = new Map<string, RecentValue>();
  readonly #generationBytesMax: number;
  #youngBytes = 0;

  constructor(bytesMax = BYTES_MAX) {
    this.#generationBytesMax = bytesMax / 2;
  }

  get(key: string): RecentValue | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, recent: RecentValue): void {
    const known = this.#young.get(key);
    this.#young.set(key, recent);
    this.#youngBytes += sizeOf(recent) - (known === undefined ? 0 : sizeOf(known));
    if (this.#youngBytes <= this.#generationBytesMax) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}

function sizeOf({ value }: RecentValue): number {
  return ENTRY_BYTES + 2 * (value?.length ?? 0);
}
