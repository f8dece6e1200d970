/**
 * What a sandbox process is at when it dies in the middle of it. The thread that runs guests says in shared memory which
 * steps of which frame it has called; the guard, which works also while that one is stuck in native code, tells the
 * supervisor of each call that lasts long. So the death of a process accuses those steps only, and none of their frame's others.
 *
 * Boundary: guests see nothing of it, and what is told accuses but never judges (I4): a verdict needs a run alone.
 */

/** A call of some steps of a frame, that has lasted for so many milliseconds. */
export interface LongCall {
  /** Counts the frames of steps that the process was given, from 0. */
  readonly frame: number;
  /** The steps' places in the frame. */
  readonly first: number;
  readonly count: number;
  readonly lastsMs: number;
}

/** A call is told of when it has lasted as long as each of these. */
const TOLD_AT_MS = [200, 500] as const;
const CALLS = 0;
const FRAME = 1;
const FIRST = 2;
const COUNT = 3;
const FIELDS = 4;
const LINE_CHARS_MAX = 100;

/** Written by the thread that runs guests, read by the guard. */
export class CallProgress {
  readonly memory: SharedArrayBuffer;
  readonly #fields: Int32Array;

  constructor(memory = new SharedArrayBuffer(FIELDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#fields = new Int32Array(memory);
  }

  begin(frame: number, first: number, count: number): void {
    this.#fields[FRAME] = frame;
    this.#fields[FIRST] = first;
    this.#fields[COUNT] = count;
    Atomics.add(this.#fields, CALLS, 1);
  }

  end(): void {
    this.#fields[COUNT] = 0;
    Atomics.add(this.#fields, CALLS, 1);
  }

  /** The call under way, with its number among all calls. */
  now(): Omit<LongCall, "lastsMs"> & { readonly number: number } {
    const number = Atomics.load(this.#fields, CALLS);
    return { number, frame: this.#fields[FRAME]!, first: this.#fields[FIRST]!, count: this.#fields[COUNT]! };
  }
}

/** Looks at a progress now and then, and says which call is to be told of. */
export class CallWatch {
  readonly #progress: CallProgress;
  #number = -1;
  #sinceMs = 0;
  #told = 0;

  constructor(progress: CallProgress) {
    this.#progress = progress;
  }

  look(nowMs: number): LongCall | undefined {
    const { number, ...call } = this.#progress.now();
    if (number !== this.#number) {
      this.#number = number;
      this.#sinceMs = nowMs;
      this.#told = 0;
      return undefined;
    }
    const lastsMs = Math.floor(nowMs - this.#sinceMs);
    const nextMs = TOLD_AT_MS[this.#told];
    if (call.count === 0 || nextMs === undefined || lastsMs < nextMs) return undefined;
    this.#told++;
    return { ...call, lastsMs };
  }
}

/** A line of its own. */
export function encodeLongCall({ frame, first, count, lastsMs }: LongCall): string {
  return `${frame} ${first} ${count} ${lastsMs}\n`;
}

/** Gives the last call that was told of. */
export class LongCallReader {
  #rest = "";

  push(chunk: Buffer): LongCall | undefined {
    const lines = (this.#rest + chunk.toString("latin1")).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, LINE_CHARS_MAX);
    const fields = lines.at(-1)?.split(" ").map(Number) ?? [];
    const [frame, first, count, lastsMs] = fields;
    if (frame === undefined || first === undefined || count === undefined || lastsMs === undefined) return undefined;
    return fields.every(Number.isSafeInteger) ? { frame, first, count, lastsMs } : undefined;
  }
}
