// Errors with causes, in every way through finally, from generators, thenables and promises that settle late.
const pause = async () => {
  await null;
  await null;
  return null;
};
const p = pause;

class AppError extends Error {
  static readonly code: string = "APP";
  get code() {
    return (this.constructor as typeof AppError).code;
  }
  constructor(message: string, opts?: ErrorOptions & { data?: unknown }) {
    super(message, opts);
    this.name = new.target.name;
    Object.defineProperty(this, "data", { value: opts?.data, enumerable: false, writable: true });
    Error.captureStackTrace?.(this, new.target);
  }
  declare data: unknown;
  wrap(message: string) {
    return new (this.constructor as any)(message, { cause: this, data: this.data }) as this;
  }
  *chain(): Generator<unknown> {
    let e: unknown = this;
    while (e instanceof Error) {
      yield e;
      e = e.cause;
    }
    if (e !== undefined) yield e;
  }
}
class NotFound extends AppError {
  static override readonly code = "NOT_FOUND";
}
class Conflict extends AppError {
  static override readonly code: string = "CONFLICT";
  retryAfter = 3;
}
const tell = (e: any): any =>
  e instanceof AggregateError
    ? { all: e.errors.map(tell), message: e.message }
    : e instanceof AppError
      ? {
          code: e.code,
          name: e.name,
          chain: [...e.chain()].map((x: any) => x?.message ?? x),
          data: e.data,
          keys: Object.keys(e),
          own: Object.hasOwn(e, "message"),
          text: String(e),
        }
      : e instanceof Error
        ? `${e.name}|${e.message}|${e.cause === undefined ? "" : tell(e.cause)}`
        : typeof e === "function"
          ? "function"
          : e;
async function nested(p: () => Promise<unknown>, log: string[], mode: string): Promise<string> {
  try {
    try {
      await p();
      if (mode === "throw") throw new NotFound("inner", { data: { id: 1 } });
      if (mode === "return") return "returned";
      log.push("through");
    } catch (e) {
      await p();
      if (mode === "throw") throw (e as AppError).wrap("outer");
      throw e;
    } finally {
      await p();
      log.push("f1");
      if (mode === "override") return "overridden";
    }
    for (const x of [1, 2, 3]) {
      try {
        await p();
        if (x === 2 && mode === "continue") continue;
        if (x === 2 && mode === "break") break;
        log.push(`x${x}`);
      } finally {
        await null;
        log.push(`fx${x}`);
      }
    }
    return "end";
  } finally {
    log.push("f2");
  }
}
async function* cleanup(p: () => Promise<unknown>, log: string[]) {
  try {
    yield 1;
    try {
      yield 2;
    } finally {
      await p();
      log.push("inner");
    }
  } catch (e) {
    log.push(`caught ${(e as Error).message}`);
    yield "recovered";
  } finally {
    await p();
    log.push("outer");
    yield "from finally";
  }
}
export async function main() {
  const out: unknown[] = [],
    log: string[] = [];
  for (const mode of ["plain", "throw", "return", "override", "continue", "break"]) {
    out.push(mode, await nested(p, log, mode).catch(tell), log.splice(0));
  }
  const e = new Conflict("c", { cause: { why: [1] }, data: new Map([[1, 2]]) });
  await p();
  out.push(
    tell(e),
    e.retryAfter,
    e instanceof Conflict,
    (e.data as Map<number, number>).get(1),
    e.stack!.startsWith("Error: c") || e.stack!.startsWith("Conflict: c"),
    Object.prototype.toString.call(e),
    (e.cause as any).why,
  );
  out.push(
    tell(
      await Promise.any([
        Promise.reject(new NotFound("n1")),
        (async () => {
          await p();
          throw "text";
        })(),
        Promise.reject(() => 1),
      ]).catch((x) => x),
    ),
    tell(new AggregateError([e, 5], "agg", { cause: e })),
  );
  const g = cleanup(p, log);
  out.push(
    await g.next(),
    await g.next(),
    await g.throw(new Error("thrown in")),
    await g.next(),
    await g.next(),
    log.splice(0),
  );
  const h = cleanup(p, log);
  await h.next();
  out.push(await h.return("r"), await h.next(), log.splice(0));
  const i = cleanup(p, log);
  out.push(await i.return("unstarted"), log.splice(0));
  const q = cleanup(p, log);
  out.push(await Promise.all([q.next(), q.next(), q.return(9), q.next(), q.next()]), log.splice(0));
  const thenable = {
    n: 0,
    then(ok: (v: unknown) => void, no: (e: unknown) => void) {
      if (++this.n < 3) no(new Conflict(`try ${this.n}`));
      else {
        ok(`after ${this.n}`);
        no("ignored");
      }
    },
  };
  for (let attempt = 0; ; attempt++) {
    try {
      out.push(await thenable);
      break;
    } catch (x) {
      out.push((x as Error).message);
      await p();
    }
  }
  const getter = {
    get then() {
      throw new RangeError("getter");
    },
  };
  out.push(
    await Promise.resolve()
      .then(() => getter)
      .catch((x) => tell(x)),
    await (async () => await ({ then: null } as any))(),
    await (async () => {
      try {
        return await Promise.reject(undefined);
      } catch (x) {
        return x === undefined;
      }
    })(),
  );
  let late: any;
  const pr = new Promise((_, no) => {
    late = no;
  });
  const both = Promise.allSettled([
    pr,
    pr.catch((x) => {
      throw new AppError("again", { cause: x });
    }),
    pr.finally(() => {
      throw new TypeError("final");
    }),
  ]);
  await p();
  late(new URIError("u"));
  late("second");
  out.push((await both).map((r) => (r.status === "rejected" ? tell(r.reason) : r.value)));
  const err: any = new Error("own");
  err.self = err;
  err.list = [err];
  delete err.message;
  await p();
  out.push(err.self === err, err.message, Object.hasOwn(err, "message"), Object.keys(err), `${err}`);
  try {
    null!.x;
  } catch (x) {
    await p();
    out.push((x as Error).constructor === TypeError);
  }
  const DOM = new RangeError("r", { cause: 0 });
  DOM.name = "Renamed";
  await p();
  out.push(
    String(DOM),
    "cause" in DOM,
    DOM.cause,
    Object.getOwnPropertyDescriptor(DOM, "cause")!.enumerable,
    Error.isError?.(DOM),
    structuredClone(new RangeError("sc")) instanceof RangeError,
  );
  return out;
}
