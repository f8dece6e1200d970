// biome-ignore-all lint/suspicious/noExplicitAny: the values are those of arbitrary programs.
/**
 * A small `$k` over native promises, to compare compiled functions with native ones. With `durable`, every suspension
 * replaces the frame by a fresh one that holds only definition, state and list: nothing may hide in native locals.
 */
type Step = (frame: Frame, mode: number, value: unknown) => unknown;
interface Frame {
  readonly d: Step;
  pc: number;
  l: unknown[];
}
interface Iteration {
  i: any;
  n: any;
  done: boolean;
}

const SUSPENDED = { suspended: true };
const apply = Reflect.apply;
const isObject = (value: unknown): boolean =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** The last suspension, told to whoever runs the step. */
interface Suspension {
  frame: Frame;
  how: "await" | "yield" | "delegate";
  value: unknown;
}

export function makeAbi(durable: boolean, onSave: (frame: Frame) => void = () => {}): Record<string, any> {
  let last: Suspension | undefined;
  const suspend = (how: Suspension["how"]) => (frame: Frame, value: unknown, pc: number, l: unknown[]) => {
    const saved = durable ? { d: frame.d, pc, l: [...l] } : Object.assign(frame, { pc, l });
    onSave(saved);
    if (durable) frame.l = ["gone"];
    last = { frame: saved, how, value: how === "await" ? nativePromise(value) : value };
    return SUSPENDED;
  };
  // PromiseResolve throws where the function stands.
  const nativePromise = (value: unknown): Promise<unknown> => Promise.resolve(value);
  const take = (): Suspension => {
    const suspension = last!;
    last = undefined;
    return suspension;
  };
  /** Runs a frame until it yields or ends; awaits go on by themselves. */
  const run = (
    frame: Frame,
    mode: number,
    value: unknown,
    ended: (r: unknown) => void,
    failed: (e: unknown) => void,
    yielded: (s: Suspension) => void,
  ): void => {
    let result: unknown;
    try {
      result = frame.d(frame, mode, value);
    } catch (error) {
      failed(error);
      return;
    }
    if (result !== SUSPENDED) {
      ended(result);
      return;
    }
    const suspension = take();
    if (suspension.how !== "await") {
      yielded(suspension);
      return;
    }
    const resume = (how: number) => (settled: unknown) => run(suspension.frame, how, settled, ended, failed, yielded);
    apply(Promise.prototype.then, suspension.value, [resume(0), resume(1)]);
  };
  const none = (): never => {
    throw new Error("yield in an async function");
  };
  const start = (d: Step, l: unknown[]): Frame => ({ d, pc: 0, l });
  const Async = (async () => {}).constructor.prototype;
  const kinds: Record<string, any> = {
    async: [Async, undefined],
    generator: [Object.getPrototypeOf(function* () {}), Object.getPrototypeOf(function* () {}).prototype],
    asyncGenerator: [
      Object.getPrototypeOf(async function* () {}),
      Object.getPrototypeOf(async function* () {}).prototype,
    ],
  };
  const objectFor = (owner: any, kind: string): any =>
    Object.create(isObject(owner.prototype) ? owner.prototype : kinds[kind][1]);

  const generators = new WeakMap<object, { frame: Frame | undefined; running: boolean }>();
  const generatorResume = (self: object, mode: number, value: unknown): unknown => {
    const state = generators.get(self);
    if (!state) throw new TypeError("not a generator");
    if (state.running) throw new TypeError("Generator is already running");
    const frame = state.frame;
    if (!frame || (frame.pc === 0 && mode !== 0)) {
      state.frame = undefined;
      if (mode === 1) throw value;
      return { value: mode === 2 ? value : undefined, done: true };
    }
    state.running = true;
    state.frame = undefined;
    try {
      const result = frame.d(frame, mode, value);
      if (result !== SUSPENDED) return { value: result, done: true };
      const suspension = take();
      state.frame = suspension.frame;
      return suspension.how === "delegate" ? suspension.value : { value: suspension.value, done: false };
    } finally {
      state.running = false;
    }
  };
  const Gen: any = { next: 0, throw: 1, return: 2 };
  const generatorMethods: any = {};
  for (const name of ["next", "throw", "return"]) {
    generatorMethods[name] = function (this: object, value: unknown) {
      return generatorResume(this, Gen[name], value);
    };
  }

  interface Request {
    mode: number;
    value: unknown;
    resolve: (v: unknown) => void;
    reject: (e: unknown) => void;
  }
  interface AsyncState {
    frame: Frame | undefined;
    running: boolean;
    queue: Request[];
  }
  const asyncGenerators = new WeakMap<object, AsyncState>();
  const drain = (state: AsyncState): void => {
    while (!state.running && state.queue.length > 0) {
      const { mode, value } = state.queue[0]!;
      const frame = state.frame;
      const settle = (how: "resolve" | "reject", result: unknown): void => {
        state.queue.shift()![how](result);
      };
      if (!frame || (frame.pc === 0 && mode !== 0)) {
        state.frame = undefined;
        if (mode === 0) settle("resolve", { value: undefined, done: true });
        else if (mode === 1) settle("reject", value);
        else {
          state.running = true;
          const done = (how: "resolve" | "reject", wrap: boolean) => (result: unknown) => {
            state.running = false;
            settle(how, wrap ? { value: result, done: true } : result);
            drain(state);
          };
          let promise: Promise<unknown>;
          try {
            promise = nativePromise(value);
          } catch (error) {
            promise = Promise.reject(error);
          }
          apply(Promise.prototype.then, promise, [done("resolve", true), done("reject", false)]);
        }
        continue;
      }
      state.running = true;
      const finish = (how: "resolve" | "reject", result: unknown, next: Frame | undefined): void => {
        state.running = false;
        state.frame = next;
        settle(how, result);
        drain(state);
      };
      run(
        frame,
        mode,
        value,
        (result) => finish("resolve", { value: result, done: true }, undefined),
        (error) => finish("reject", error, undefined),
        (suspension) => finish("resolve", { value: suspension.value, done: false }, suspension.frame),
      );
      return;
    }
  };
  const asyncMethods: any = {};
  for (const name of ["next", "throw", "return"]) {
    asyncMethods[name] = function (this: object, value: unknown) {
      const state = asyncGenerators.get(this);
      return new Promise((resolve, reject) => {
        if (!state) return reject(new TypeError("not an async generator"));
        state.queue.push({ mode: Gen[name], value, resolve, reject });
        drain(state);
      });
    };
  }
  /** The methods sit on each prototype made for a function: the intrinsic ones stay untouched. */
  const prototypeOf = (kind: string): object => {
    const prototype = Object.create(kinds[kind][1]);
    const methods = kind === "generator" ? generatorMethods : asyncMethods;
    for (const name of Object.keys(methods)) {
      Object.defineProperty(prototype, name, { value: methods[name], configurable: true, writable: true });
    }
    return prototype;
  };

  const iterationOf = (i: any): Iteration => ({ i, n: i.next, done: false });
  const $k: Record<string, any> = {
    TDZ: { tdz: true },
    tdz(name: string) {
      throw new ReferenceError(`Cannot access '${name}' before initialization`);
    },
    constAssign() {
      throw new TypeError("Assignment to constant variable.");
    },
    caught: (error: unknown) => error,
    frame: (_index: number, step: Step) => step,
    kind(fn: any, kind: string) {
      Object.setPrototypeOf(fn, kinds[kind][0]);
      if (kind !== "async")
        Object.defineProperty(fn, "prototype", {
          value: prototypeOf(kind),
          writable: true,
          enumerable: false,
          configurable: false,
        });
      else if (Object.hasOwn(fn, "prototype")) fn.prototype = undefined;
      return fn;
    },
    method(object: any, key: PropertyKey, kind: string) {
      return $k.kind(Object.getOwnPropertyDescriptor(object, key)!.value, kind);
    },
    async(d: Step, l: unknown[]) {
      let resolve!: (v: unknown) => void;
      let reject!: (e: unknown) => void;
      const promise = new Promise((a, b) => {
        resolve = a;
        reject = b;
      });
      run(start(d, l), 0, undefined, resolve, reject, none);
      return promise;
    },
    generator(d: Step, l: unknown[], owner: any) {
      const object = objectFor(owner, "generator");
      generators.set(object, { frame: start(d, l), running: false });
      return object;
    },
    asyncGenerator(d: Step, l: unknown[], owner: any) {
      const object = objectFor(owner, "asyncGenerator");
      asyncGenerators.set(object, { frame: start(d, l), running: false, queue: [] });
      return object;
    },
    await: suspend("await"),
    yield: suspend("yield"),
    delegate: suspend("delegate"),
    handler(table: number[], pc: number, error: unknown) {
      for (let i = 0; i < table.length; i += 3) if (pc >= table[i]! && pc < table[i + 1]!) return table[i + 2];
      throw error;
    },
    call: (fn: any, receiver: unknown, ...args: unknown[]) => {
      if (typeof fn !== "function") throw new TypeError("not a function");
      return apply(fn, receiver, args);
    },
    invoke: (_text: string, fn: any, receiver: unknown, ...args: unknown[]) => {
      if (typeof fn !== "function") throw new TypeError("not a function");
      return apply(fn, receiver, args);
    },
    key: (value: any) => (typeof value === "symbol" ? value : Reflect.ownKeys({ [value]: 0 })[0]),
    iterator(value: any) {
      const i = value[Symbol.iterator]();
      if (!isObject(i)) throw new TypeError("not an object");
      return iterationOf(i);
    },
    asyncIterator(value: any) {
      const method = value[Symbol.asyncIterator];
      if (method !== undefined && method !== null) {
        const i = apply(method, value, []);
        if (!isObject(i)) throw new TypeError("not an object");
        return iterationOf(i);
      }
      const sync = $k.iterator(value);
      // %AsyncFromSyncIterator% as the native one: reached through yield*.
      return iterationOf(fromSync(sync));
    },
    next: (it: Iteration, ...args: unknown[]) => apply(it.n, it.i, args),
    result(value: unknown) {
      if (!isObject(value)) throw new TypeError(`Iterator result ${String(value)} is not an object`);
      return value;
    },
    step(it: Iteration) {
      if (it.done) return undefined;
      it.done = true;
      const result: any = $k.result(apply(it.n, it.i, []));
      if (result.done) return undefined;
      const value = result.value;
      it.done = false;
      return value;
    },
    rest(it: Iteration) {
      const list: unknown[] = [];
      for (let value = $k.step(it); !it.done; value = $k.step(it)) list.push(value);
      return list;
    },
    close(it: Iteration, suppress: boolean) {
      if (it.done) return;
      it.done = true;
      try {
        const method = it.i.return;
        if (method !== undefined && method !== null) {
          const result = apply(method, it.i, []);
          if (!suppress) $k.result(result);
        }
      } catch (error) {
        if (!suppress) throw error;
      }
    },
    noThrow() {
      throw new TypeError("The iterator does not provide a 'throw' method.");
    },
    omit(value: any, keys: PropertyKey[]) {
      const copy: any = {};
      for (const key of Reflect.ownKeys(Object(value))) {
        const own = Object.getOwnPropertyDescriptor(Object(value), key);
        if (own?.enumerable && !keys.includes(key)) copy[key] = value[key];
      }
      return copy;
    },
    forIn(object: any) {
      const keys: string[] = [];
      for (const key in object) keys.push(key);
      const next = (): unknown => {
        for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
          if (key in Object(object)) return { value: key, done: false };
        }
        return { value: undefined, done: true };
      };
      return { i: {}, n: next, done: false };
    },
    superGet: (home: any, key: PropertyKey, receiver: unknown) =>
      Reflect.get(Object.getPrototypeOf(home), key, receiver),
    superSet: (home: any, key: PropertyKey, value: unknown, receiver: unknown) => {
      Reflect.set(Object.getPrototypeOf(home), key, value, receiver);
      return value;
    },
  };
  return $k;
}

function fromSync(sync: Iteration): any {
  const settle = (result: any, closing: boolean): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const done = result.done;
      let wrapped: Promise<unknown>;
      try {
        wrapped = Promise.resolve(result.value);
      } catch (error) {
        if (!done && closing) sync.i.return?.();
        throw error;
      }
      const failed = (error: unknown): void => {
        if (!done && closing) {
          try {
            sync.i.return?.();
          } catch {}
        }
        reject(error);
      };
      apply(Promise.prototype.then, wrapped, [(value: unknown) => resolve({ value, done: Boolean(done) }), failed]);
    });
  const attempt = (body: () => Promise<unknown>): Promise<unknown> => {
    try {
      return body();
    } catch (error) {
      return Promise.reject(error);
    }
  };
  const need = (result: unknown): any => {
    if (!isObject(result)) throw new TypeError("not an object");
    return result;
  };
  return {
    next: (...args: unknown[]) => attempt(() => settle(need(apply(sync.n, sync.i, args)), true)),
    return: (value: unknown) =>
      attempt(() => {
        const method = sync.i.return;
        if (method === undefined || method === null) return Promise.resolve({ value, done: true });
        return settle(need(apply(method, sync.i, [value])), false);
      }),
    throw: (value: unknown) =>
      attempt(() => {
        const method = sync.i.throw;
        if (method === undefined || method === null) {
          sync.i.return?.();
          throw new TypeError("The iterator does not provide a 'throw' method");
        }
        return settle(need(apply(method, sync.i, [value])), true);
      }),
  };
}
