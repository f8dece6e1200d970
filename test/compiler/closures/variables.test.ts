import { sample } from "./harness.ts";

sample(
  "a counter",
  `
  function counter(start) { let n = start; return { up: () => ++n, down() { return --n; }, get n() { return n; } }; }
  const c = counter(5); print(c.up(), c.up(), c.down(), c.n, Object.keys(c));
  const d = counter(1); print(d.up(), c.n, d.n);`,
);

sample(
  "captured parameters, defaults, patterns, rest",
  `
  function f(a, { b, c: [d = 4] }, e = a + b, ...rest) { a++; return () => { a++; return [a, b, d, e, rest]; }; }
  const g = f(1, { b: 2, c: [] }, undefined, 7, 8); print(f.length, g(), g());`,
);

sample(
  "parameters with functions in defaults have a scope of their own",
  `
  function f(a, g = () => a, h = () => { a = 9; return g(); }) { var a; var b = a; a = 5; return [a, b, g(), h(), a]; }
  print(f.length, f(1));
  function k(x = () => y, y = 2) { return x(); }
  print(k());
  function m(x = y, y = () => 1) { return x; }
  try { m(); } catch (e) { print(e); }
  function n({ a = () => b } = {}, [b] = [3], ...r) { return [a(), r]; }
  print(n.length, n(undefined, undefined, 1, 2));`,
);

sample(
  "var hoists and functions hoist",
  `
  function f() {
    print(typeof x, typeof g, g());
    var x = 1; const get = () => x; x = 2;
    function g() { return typeof x + (typeof h); } function h() {}
    { let x = 5; var y = () => x; }
    return [get(), y(), g()];
  }
  print(f());`,
);

sample(
  "TDZ",
  `
  function f() {
    const g = () => x;
    try { g(); } catch (e) { print(e); }
    try { typeof x; } catch (e) { print(e); }
    try { x = 1; } catch (e) { print(e); }
    try { x++; } catch (e) { print(e); }
    try { x += 1; } catch (e) { print(e); }
    try { [x] = [1]; } catch (e) { print(e); }
    try { h(); } catch (e) { print(e); }
    let x = 3;
    print(g(), h());
    function h() { return x; }
    try { (() => { let a = (() => a)(); })(); } catch (e) { print(e); }
    const self = (n) => n === 0 ? "done" : self(n - 1);
    print(self(3));
    let u; const getU = () => u; print(getU());
  }
  f();`,
);

sample(
  "assignment to constants",
  `
  function f() {
    const c = 1; const get = () => c; let log = [];
    const v = (x) => { log.push(x); return x; };
    for (const act of [() => { c = v(2); }, () => { c += v(3); }, () => { c++; }, () => { --c; }, () => { c ||= v(4); }, () => { c &&= v(5); },
      () => { [c] = [v(6)]; }, () => { ({ c } = { c: v(7) }); }, () => { for (c of [1]); }])
      try { act(); print("fine"); } catch (e) { print(e); }
    print(get(), log);
  }
  f();`,
);

sample(
  "operators on captured variables",
  `
  function f() {
    let a = 1, b = null, o = { n: 1 }; const see = () => [a, b, o];
    a += 2; a **= 2; b ??= 5; b &&= b + 1; b ||= 9; print(a++, ++a, a--, see());
    [a, b] = [b, a]; ({ n: a, ...o } = { n: 3, k: 4 }); print(see());
    [o.x = a, ...o.y] = [undefined, 1, 2]; print(see());
    let big = 5n; const sb = () => big; big++; print(typeof sb(), sb() + 1n);
    delete o.x; print(see(), typeof a, typeof nope);
  }
  f();`,
);

sample(
  "names of functions and classes",
  `
  function f() {
    let a = () => {}, b = function () {}, c = class {}, d; d = () => {}; let e = null; e ??= function () {};
    const { g = () => {}, h = class {} } = {}; const [i = function () {}] = [];
    const all = () => [a, b, c, d, e, g, h, i]; for (const x of all()) print(x.name, x.length);
    const key = "k" + 1, sym = Symbol("s");
    const o = { j: () => {}, [key]: () => {}, [sym]: function () {}, [key + "m"]() {}, [sym + ""] : class {} , "a-b": () => {}, 1: () => {}, __proto__: null, async q() {}, *r() {} };
  }
  try { f(); } catch (e) { print(e); }
  function g() {
    const key = "k" + 1, sym = Symbol("s"), none = Symbol();
    const o = { j: () => {}, [key]: () => {}, [sym]: function () {}, [none]: () => {}, [key + "m"](a) {}, "a-b": () => {}, 1: () => {}, async q() {}, *r() {}, p: function named() {}, ["__proto__"]: () => {} };
    for (const k of Reflect.ownKeys(o)) print(String(k), o[k].name, o[k].length, "prototype" in o[k]);
    print((() => {}).name === "", (function () {}).name === "", (class {}).name === "");
    var v = (0, function () {}); print(v.name);
  }
  g();`,
);

sample(
  "kinds of functions",
  `
  function f() {
    const ok = (c) => { try { new c(); return true; } catch (e) { return e.name; } };
    const o = { m() {}, get a() { return 1; }, set a(v) {}, async n() {}, *g() {}, async *h() {} };
    const list = [() => {}, function () {}, async () => {}, async function () {}, function* () {}, async function* () {}, o.m, o.n, o.g, o.h, class {}];
    for (const x of list) print(ok(x), Object.prototype.toString.call(x), "prototype" in x, Object.getOwnPropertyNames(x).sort());
    const d = Object.getOwnPropertyDescriptor(o, "a"); print(d.get, d.set, d.enumerable, d.configurable, ok(d.get));
  }
  f();`,
);

sample(
  "named function expressions",
  `
  function f() {
    const fact = function self(n) { return n < 2 ? 1 : n * self(n - 1); }; print(fact(5));
    const g = function self() { return () => self; }; print(g()() === g);
    const h = function self() { try { self = 1; } catch (e) { print(e); } return (() => { try { self = 2; } catch (e) { print(e); } return typeof self; })(); }; print(h());
    const k = function self(self) { return () => self; }; print(k(3)());
    const m = async function self() { await 0; return self === m; }; m().then(print);
    const n = function* self() { yield self === n; }; print([...n()]);
    print(typeof self);
  }
  f();`,
);

sample(
  "blocks, shadowing and switch scopes",
  `
  function f(d) {
    const out = []; let x = "outer"; out.push(() => x);
    { let x = "inner"; out.push(() => x); { const x = "deep"; out.push(() => x); } x += "!"; }
    switch (d) {
      case 0: let y = "zero"; out.push(() => y); break;
      case 1: out.push(() => typeof y);
      case (out.push(() => "test"), 2): y = 1;
      default: function z() { return y; } out.push(z);
    }
    lab: { const q = 1; if (d) break lab; out.push(() => q); }
    return out.map((g) => { try { return g(); } catch (e) { return e.name; } });
  }
  for (const d of [0, 3]) try { print(f(d)); } catch (e) { print(e); }
  try { f(1); } catch (e) { print(e); }`,
);

sample(
  "catch",
  `
  function f() {
    const out = [];
    try { throw 1; } catch (e) { out.push(() => e++); }
    try { throw { a: 1, b: [2] }; } catch ({ a, b: [c], d = () => a }) { out.push(() => [a, c, d()]); a = 5; }
    try { throw { k: 3 }; } catch ({ k }) { out.push(k); var k2 = k; }
    try { throw 4; } catch { out.push("none"); }
    try { throw 5; } catch (e) { var e = 6; out.push(e); }
    print(out.map((x) => typeof x === "function" ? x() : x), out[0](), k2, typeof e);
  }
  f();`,
);

sample(
  "calls keep their receivers",
  `
  function f() {
    let g = function () { return this === undefined; }, o = { g, tag(s, ...v) { return [this === o, s.raw, v]; } }, tag = g, key = "g";
    const see = () => [g(), (0, g)(), g\`\`, o.g(), o?.g(), g?.(), o[key](), o.tag\`a\${1}b\`, tag?.call(undefined), new (function () { this.x = g(); })().x];
    print(see());
    const missing = null; print((() => missing?.(o.nope.x))(), (() => missing?.x.y.z)());
  }
  f();`,
);

sample(
  "template objects",
  `
  function f() { const tag = (s) => s; return () => tag\`a\\n\${0}\\u{41}\`; }
  const a = f(), b = f(); print(a() === a(), a() === b(), a(), a().raw, Object.isFrozen(a()));
  const bad = ((s) => s)\`\\u\`; print(bad[0] === undefined, bad.raw);`,
);
