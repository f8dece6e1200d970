// `using` and `await using` in every place that takes them, with suspensions inside and errors on every way out.
"use strict";
const trace = [];
const log = (value) => trace.push(value);
function resource(name, fails) {
  log(`open ${name}`);
  return {
    name,
    [Symbol.dispose]() {
      log(`dispose ${name}`);
      if (fails !== void 0) throw fails;
    }
  };
}
function remote(name, fails) {
  log(`connect ${name}`);
  return {
    name,
    async [Symbol.asyncDispose]() {
      log(`closing ${name}`);
      await null;
      log(`closed ${name}`);
      if (fails !== void 0) throw fails;
    }
  };
}
function describe(error) {
  if (!(error instanceof SuppressedError)) return String(error);
  return { error: describe(error.error), suppressed: describe(error.suppressed), message: error.message };
}
async function attempt(work) {
  try {
    log({ value: await work() });
  } catch (error) {
    log({ threw: describe(error) });
  }
}
function plain() {
  using a = resource("a");
  const read = () => a.name + b.name;
  using b = resource("b"), c = null;
  log(read() + String(c));
  return helper();
  function helper() {
    return `helper ${b.name}`;
  }
}
async function suspended() {
  using a = resource("a");
  await null;
  {
    await using b = remote("b");
    using c = resource("c");
    const names = () => [a.name, b.name, c.name].join();
    await null;
    log(names());
  }
  log("behind");
  await using none = null;
  return a.name;
}
async function awaited() {
  using a = await Promise.resolve(resource("a")),
    b = await null;
  await using c = await (async () => remote("c"))();
  for (using d = (await null, resource("d")); ; ) {
    await null;
    return [a.name, String(b), c.name, d.name].join();
  }
}
async function heads() {
  let turns = 0;
  all: for (using a = resource("for"); turns < 3; turns++) {
    await null;
    for (using b of [resource("x"), resource("y")]) {
      await null;
      if (turns === 1) continue all;
      if (turns === 2) break all;
      log(a.name + b.name);
    }
  }
  const seen = [];
  for (await using b of [remote("p"), resource("q"), null]) seen.push(() => String(b?.name));
  for await (using c of [resource("r")]) seen.push(() => c.name);
  log(seen.map((one) => one()));
}
function* generator() {
  using a = resource("g");
  try {
    yield a.name;
    yield 2;
  } finally {
    log("finally");
  }
}
async function* asyncGenerator() {
  await using a = remote("ag");
  for (using b of [resource("1"), resource("2")]) yield a.name + b.name;
}
class Holder {
  static names = [];
  static {
    using a = resource("static");
    Holder.names.push(a.name);
  }
  #parts = ["part"];
  async hold() {
    await using self = remote("self");
    using part = resource(this.#parts[0]);
    return [self.name, part.name, this.#parts];
  }
}
async function switches(n) {
  switch (n) {
    case 1: {
      using a = resource("one");
      await null;
      return a.name;
    }
    default: {
      await using b = remote("other");
      log(b.name);
      break;
    }
  }
  return "out";
}
const errors = [
  () => {
    using a = resource("a", "from a"), b = resource("b", "from b");
    throw "body";
  },
  async () => {
    using a = resource("a", new Error("from a"));
    await using b = remote("b", "from b");
    await null;
    throw "body";
  },
  async () => {
    await using a = resource("a", "sync under await");
    return "lost";
  },
  () => {
    using a = 1;
  },
  () => {
    using before = resource("before");
    using a = {};
  },
  async () => {
    await using a = {};
  },
  async () => {
    await using a = { [Symbol.asyncDispose]: 1 };
  },
  () => {
    using a = resource("read only");
    return /* @__PURE__ */ (() => early)();
    using early = null;
  },
  async () => {
    for (using a of [resource("in loop", "disposing")]) await null;
  },
  async () => {
    await using a = remote("first");
    await using b = { get [Symbol.asyncDispose]() {
      log("got");
      return void 0;
    }, [Symbol.dispose]() {
      log("sync");
    } };
  }
];
export async function main() {
  await attempt(plain);
  await attempt(suspended);
  await attempt(awaited);
  await attempt(heads);
  await attempt(() => [...generator()]);
  await attempt(() => {
    for (const value of generator()) return value;
  });
  await attempt(async () => {
    const all = [];
    for await (const value of asyncGenerator()) all.push(value);
    return all;
  });
  await attempt(async () => {
    for await (const value of asyncGenerator()) return value;
  });
  await attempt(() => switches(1));
  await attempt(() => switches(2));
  await attempt(() => new Holder().hold());
  for (const work of errors) await attempt(work);
  return [trace, Holder.names];
}
