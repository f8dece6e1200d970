// Locks, semaphores, barriers and streams that are disposed of, on every way out.
const pause = async () => {
  await null;
  await null;
  return null;
};

const log: string[] = [];
class Lock {
  #queue: (() => void)[] = [];
  #held = false;
  async acquire(who: string) {
    while (this.#held) await new Promise<void>((r) => this.#queue.push(r));
    this.#held = true;
    log.push(`+${who}`);
    return {
      who,
      [Symbol.dispose]: () => {
        this.#held = false;
        log.push(`-${who}`);
        this.#queue.shift()?.();
      },
    };
  }
  get waiting() {
    return this.#queue.length;
  }
}
class Semaphore {
  #n: number;
  #waiting: PromiseWithResolvers<void>[] = [];
  peak = 0;
  active = 0;
  constructor(n: number) {
    this.#n = n;
  }
  async run<T>(f: () => Promise<T>): Promise<T> {
    if (this.#n === 0) {
      const w = Promise.withResolvers<void>();
      this.#waiting.push(w);
      await w.promise;
    } else this.#n--;
    this.peak = Math.max(this.peak, ++this.active);
    try {
      return await f();
    } finally {
      this.active--;
      const next = this.#waiting.shift();
      if (next) next.resolve();
      else this.#n++;
    }
  }
}
class Barrier {
  #left: number;
  #all = Promise.withResolvers<string>();
  constructor(n: number) {
    this.#left = n;
  }
  arrive() {
    if (--this.#left === 0) this.#all.resolve("all here");
    return this.#all.promise;
  }
}
class Source implements AsyncDisposable {
  #at = 0;
  closed = false;
  readonly chunks: string[];
  readonly pause: () => Promise<unknown>;
  constructor(chunks: string[], pause: () => Promise<unknown>) {
    this.chunks = chunks;
    this.pause = pause;
  }
  async read() {
    if (this.closed) throw new TypeError("closed");
    await this.pause();
    return this.chunks[this.#at++] ?? null;
  }
  async [Symbol.asyncDispose]() {
    await this.pause();
    this.closed = true;
    log.push(`closed at ${this.#at}`);
  }
}
class Sink {
  out = "";
  [Symbol.dispose]() {
    log.push(`sink ${this.out.length}`);
    if (this.out.includes("!")) throw new Error("sink failed");
  }
}
async function pipe(src: string[], pause: () => Promise<unknown>, until = Infinity) {
  await using source = new Source(src, pause);
  using sink = new Sink();
  for (let chunk: string | null, n = 0; (chunk = await source.read()) !== null; n++) {
    if (n >= until) return sink.out + "…";
    if (chunk === "throw") throw new RangeError("chunk");
    sink.out += chunk;
  }
  return sink.out;
}
const shape = (e: any): any =>
  e?.name === "SuppressedError"
    ? { error: shape(e.error), suppressed: shape(e.suppressed) }
    : e instanceof Error
      ? `${e.name}: ${e.message}`
      : e;
export async function main() {
  const out: unknown[] = [];
  const lock = new Lock();
  out.push(
    await Promise.all(
      ["a", "b", "c"].map(async (who, i) => {
        using held = await lock.acquire(who);
        for (let k = 0; k <= i; k++) await pause();
        return held.who + lock.waiting;
      }),
    ),
    log.splice(0),
  );
  const sem = new Semaphore(2);
  out.push(
    await Promise.allSettled(
      [1, 2, 3, 4, 5].map((n) =>
        sem.run(async () => {
          await pause();
          if (n === 3) throw n;
          await null;
          return n * n;
        }),
      ),
    ),
    sem.peak,
    sem.active,
  );
  const b = new Barrier(3);
  out.push(
    await Promise.all(
      [1, 2, 3].map(async (n) => {
        for (let i = 0; i < n; i++) await pause();
        return b.arrive();
      }),
    ),
  );
  out.push(
    await pipe(["x", "y"], pause),
    await pipe(["1", "2", "3"], pause, 2),
    await pipe(["!", "z"], pause).catch(shape),
    await pipe(["!", "throw"], pause).catch(shape),
    log.splice(0),
  );
  const stack = new AsyncDisposableStack();
  stack.use({
    [Symbol.dispose]() {
      log.push("one");
    },
  });
  stack.adopt({ n: 2 }, async ({ n }) => {
    await pause();
    log.push(`two ${n}`);
  });
  stack.defer(() => {
    throw new Error("three");
  });
  stack.defer(async () => {
    await null;
    throw new Error("four");
  });
  await pause();
  const moved = stack.move();
  out.push(stack.disposed, moved.disposed, await moved.disposeAsync().catch(shape), log.splice(0));
  for (using r of [1, 2, 3].map((n) => ({
    n,
    [Symbol.dispose]() {
      log.push(`loop ${n}`);
    },
  }))) {
    await pause();
    if (r.n === 2) break;
  }
  const ds = new DisposableStack();
  for (const k of "ab") ds.defer(() => log.push(k));
  await pause();
  {
    using _ = ds;
    await null;
  }
  out.push(log.splice(0), ds.disposed);
  const late = (async () => {
    try {
      using x = {
        [Symbol.dispose]() {
          log.push("x");
        },
      };
      await pause();
      return "value";
    } finally {
      await pause();
      log.push("finally");
    }
  })();
  out.push(await late, log.splice(0));
  const gen = (async function* () {
    await using g = {
      async [Symbol.asyncDispose]() {
        await pause();
        log.push("gen closed");
      },
    };
    for (let i = 0; ; i++) yield i;
  })();
  for await (const v of gen) if (v === 2) break;
  out.push(log.splice(0), await gen.next());
  return out;
}
