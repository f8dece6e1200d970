/**
 * Which threads a sandbox process has decoded, as far as the engine's process knows: a request for one of them needs no
 * heap. Only a guess that is checked at the other end: nothing depends on it but the length of frames.
 */
import type { LiveThread } from "./step-job.ts";

/** What the heaps may take that are kept here to be recognised. */
const BYTES_MAX = 32 * 1024 * 1024;
const ENTRY_BYTES = 128;

export class LiveThreads {
  readonly #threads = new Map<string, LiveThread>();
  #bytes = 0;

  get(threadId: string): LiveThread | undefined {
    return this.#threads.get(threadId);
  }

  set(threadId: string, live: LiveThread): void {
    this.delete(threadId);
    this.#threads.set(threadId, live);
    this.#bytes += ENTRY_BYTES + live.heap.length;
    // An iterator walks over the holes that deleted entries have left: none is made in vain.
    while (this.#bytes > BYTES_MAX) this.#deleteOldest();
  }

  #deleteOldest(): void {
    const [oldest] = this.#threads.keys();
    if (oldest === undefined) this.clear();
    else this.delete(oldest);
  }

  delete(threadId: string): void {
    const known = this.#threads.get(threadId);
    if (known === undefined) return;
    this.#threads.delete(threadId);
    this.#bytes -= ENTRY_BYTES + known.heap.length;
  }

  clear(): void {
    this.#threads.clear();
    this.#bytes = 0;
  }
}
