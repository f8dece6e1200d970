/** A small program as the compiler would write it: closures, frames, classes, private names, module state. */

export const PROGRAM = `function ($k) {
  "use strict";
  const S0 = $k.scope(0, class { constructor(n) { this.n = n; } });
  const S1 = $k.scope(1, class { constructor(a, b) { this.a = a; this.b = b; } });
  const increment = $k.def(0, ($s0) => () => ++$s0.n);
  const normal = $k.def(1, ($s0) => function normal(x, y) { return $s0.n + x + y; });
  const both = $k.def(2, ($s0, $s1) => (z) => $s0.n + $s1.a + z);
  const frame3 = $k.frame(3, function ($f, $mode, $value) {
    let trip, n, $pc = $f.pc;
    if ($pc === 0) [trip, n] = $f.l; else [n] = $f.l;
    if ($pc === 0) return $k.await($f, trip, 1, [n]);
    if ($mode === 1) throw $value;
    return $value + n;
  });
  const book = $k.def(3, () => $k.kind(function book(trip, n) { return $k.async(frame3, [trip, n]); }, "async"));
  const frame4 = $k.frame(4, function ($f, $mode, $value) {
    const [limit] = $f.l;
    if ($mode === 2) return $value;
    if ($f.pc === 0) return $k.yield($f, limit, 1, [limit]);
    return $value;
  });
  const range = $k.def(4, ($s0) => $k.kind(function range(limit) { return $k.generator(frame4, [limit + $s0.n], range); }, "generator"));
  const P0 = $k.slot(class extends $k.Stamp { #v; constructor(o, v) { super(o); this.#v = v; }
    static get(o) { return o.#v; } static set(o, v) { return o.#v = v; } static has(o) { return #v in o; } });
  class Receipt { constructor(total) { new P0(this, total); this.lines = new Map(); } get total() { return P0.get(this); } }
  class Failure extends Error { constructor(m, id) { super(m); this.name = "Failure"; this.tripId = id; } }
  const makeShape = $k.cls(0, ($s0, Parent, key) => class Shape extends Parent {
    area() { return $s0.n; } get size() { return $s0.n; } set size(v) { $s0.n = v; } static of() { return new this(); } [key]() { return key; } });
  $k.base("counter", 0);
  $k.base("cache", undefined);
  const shared = { name: "shared", nested: { deep: true } };
  const symbol = Symbol("of the image");
  $k.bindings(0, [S0, S1, increment, normal, both, book, range, Receipt, Failure, makeShape, shared, symbol]);
  globalThis.test = { $k, S0, S1, increment, normal, both, book, range, P0, Receipt, Failure, makeShape, shared, symbol };
}`;

const entry = (id: string, scopes: number[] = [], sites?: { key: string; live: string[] }[]) => ({
  id: `app/main.ts#${id}`,
  kind: "normal",
  scopes,
  body: "",
  shape: "",
  ...(sites === undefined ? {} : { sites }),
});

export const TABLES = {
  functions: [
    entry("increment", [0]),
    entry("normal", [0]),
    entry("both", [0, 1]),
    entry(
      "book",
      [],
      [
        { key: "entry", live: ["trip", "n"] },
        { key: "await/0", live: ["n"] },
      ],
    ),
    entry(
      "range",
      [0],
      [
        { key: "entry", live: ["limit"] },
        { key: "yield/0", live: ["limit"] },
      ],
    ),
  ],
  classes: [{ id: "app/main.ts#Shape", scopes: [0] }],
  scopes: [["n"], ["a", "b"]],
  globals: ["cache", "counter"],
  modules: [],
  entry: 0,
  strings: ["id", "name", "total", "flight", "hotel"],
  shapes: [["id", "name"], ["total"]],
};
