// Publish and subscribe over async iterators with backpressure: channels, hubs, merged and batched streams.
const pause = async () => {
  await null;
  await null;
  return null;
};

class Channel<T> implements AsyncIterableIterator<T, undefined> {
  private buffer: T[] = [];
  private takers: ((r: IteratorResult<T, undefined>) => void)[] = [];
  private putters: (() => void)[] = [];
  private done = false;
  private readonly capacity: number;
  readonly label: symbol;
  constructor(capacity: number, label = Symbol("channel")) {
    this.capacity = capacity;
    this.label = label;
  }
  async send(v: T): Promise<boolean> {
    if (this.done) return false;
    const taker = this.takers.shift();
    if (taker) {
      taker({ value: v, done: false });
      return true;
    }
    while (this.buffer.length >= this.capacity) {
      await new Promise<void>((r) => this.putters.push(r));
      if (this.done) return false;
    }
    this.buffer.push(v);
    return true;
  }
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.buffer.length > 0) {
      const value = this.buffer.shift()!;
      this.putters.shift()?.();
      return Promise.resolve({ value, done: false });
    }
    if (this.done) return Promise.resolve({ value: undefined, done: true });
    const { promise, resolve } = Promise.withResolvers<IteratorResult<T, undefined>>();
    this.takers.push(resolve);
    return promise;
  }
  async return() {
    this.close();
    return { value: undefined, done: true as const };
  }
  close() {
    this.done = true;
    for (const t of this.takers.splice(0)) t({ value: undefined, done: true });
    for (const p of this.putters.splice(0)) p();
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  async [Symbol.asyncDispose]() {
    await this.return();
  }
}
class Hub<M extends Record<string, unknown>> {
  #subs: { [K in keyof M]?: Set<Channel<M[K]>> } = Object.create(null);
  subscribe<K extends keyof M>(topic: K, capacity = 2) {
    const c = new Channel<M[K]>(capacity);
    (this.#subs[topic] ??= new Set()).add(c);
    return Object.assign(c, {
      unsubscribe: () => {
        this.#subs[topic]!.delete(c);
        c.close();
      },
    });
  }
  async publish<K extends keyof M>(topic: K, m: M[K]) {
    const sent = await Promise.all([...(this.#subs[topic] ?? [])].map((c) => c.send(m)));
    return sent.filter(Boolean).length;
  }
  end() {
    for (const k of Object.keys(this.#subs)) for (const c of this.#subs[k as keyof M]!) c.close();
  }
}
async function* map<A, B>(it: AsyncIterable<A>, f: (a: A) => B | Promise<B>) {
  for await (const a of it) yield await f(a);
}
async function* take<A>(it: AsyncIterable<A>, n: number) {
  if (n <= 0) return;
  for await (const a of it) {
    yield a;
    if (--n === 0) return;
  }
}
async function* merge<A>(...its: AsyncIterable<A>[]) {
  const live = new Map(
    its.map((it, i) => {
      const iter = it[Symbol.asyncIterator]();
      return [i, iter] as const;
    }),
  );
  const pending = new Map([...live].map(([i, it]) => [i, it.next().then((r) => ({ i, r }))]));
  try {
    while (pending.size > 0) {
      const { i, r } = await Promise.race(pending.values());
      if (r.done) {
        pending.delete(i);
        live.delete(i);
        continue;
      }
      pending.set(
        i,
        live
          .get(i)!
          .next()
          .then((r) => ({ i, r })),
      );
      yield r.value;
    }
  } finally {
    await Promise.all([...live.values()].map((it) => it.return?.()));
  }
}
async function* batch<A>(it: AsyncIterable<A>, size: number): AsyncGenerator<A[], void, boolean | undefined> {
  let b: A[] = [];
  for await (const a of it) {
    b.push(a);
    if (b.length === size) {
      const flip = yield b;
      b = [];
      if (flip) size = 1;
    }
  }
  if (b.length) yield b;
}
export async function main() {
  const hub = new Hub<{ n: number; s: string }>();
  const out: unknown[] = [];
  const log: string[] = [];
  const slow = (async () => {
    const sub = hub.subscribe("n", 1);
    const seen: number[] = [];
    for await (const v of sub) {
      seen.push(v);
      await pause();
      if (v === 6) {
        sub.unsubscribe();
        break;
      }
    }
    return seen;
  })();
  const doubled = (async () => {
    const seen: string[] = [];
    for await (const v of take(
      map(hub.subscribe("n", 3), async (x) => {
        await null;
        return `d${x * 2}`;
      }),
      4,
    )) {
      seen.push(v);
      await null;
    }
    return seen;
  })();
  const batched = (async () => {
    const g = batch(hub.subscribe("s", 10), 3);
    const seen: string[][] = [];
    let r = await g.next();
    while (!r.done) {
      seen.push(r.value);
      await pause();
      r = await g.next(seen.length === 2);
    }
    return seen;
  })();
  for (let i = 0; i < 10; i++) {
    const k = await hub.publish("n", i);
    log.push(`${i}:${k}`);
    await hub.publish("s", String.fromCharCode(97 + i));
    if (i % 4 === 3) await pause();
  }
  hub.end();
  out.push(await slow, await doubled, await batched, log);
  const a = new Channel<number>(1),
    b = new Channel<number>(1);
  const feeding = Promise.all([
    (async () => {
      for (let i = 0; i < 5; i++) {
        await a.send(i);
        await null;
      }
      a.close();
    })(),
    (async () => {
      for (let i = 10; i < 13; i++) {
        await pause();
        await b.send(i);
      }
      b.close();
    })(),
  ]);
  const merged: number[] = [];
  for await (const v of merge(a, b)) merged.push(v);
  await feeding;
  out.push(merged, await a.send(1), a.label.toString());
  {
    await using c = new Channel<string>(1);
    await c.send("x");
    await pause();
    out.push((await c.next()).value);
  }
  const it = merge(new Channel<number>(1));
  const waiting = it.next();
  const returned = it.return(undefined);
  await null;
  out.push(
    await Promise.race([
      waiting,
      (async () => {
        for (let i = 0; i < 8; i++) await pause();
        return "still waiting";
      })(),
    ]),
  );
  void returned;
  return out;
}
