import { sample } from "./harness.ts";

sample(
  "this, arguments and new.target in arrows",
  `
  function F(a) { const g = () => [this?.v, arguments.length, arguments[0], new.target === F, a]; this && (this.v = 1); return { g, deep: () => () => g() }; }
  print(F.call({ v: 3 }, 1, 2).g(), new F(9).g(), new F(9).deep()());
  const o = { v: 7, m() { return [1].map(() => this.v + arguments.length); }, get p() { return (() => this.v)(); } };
  print(o.m(1, 2), o.p);
  function outer() { return (() => { const f = function () { return (() => this)(); }; return [f.call(1), (() => this)()]; })(); }
  print(outer.call(2));
  function dflt(a = () => this, b = () => arguments[2]) { return [a(), b()]; } print(dflt.call(5, undefined, undefined, 6));`,
);

sample(
  "this in async and generator functions",
  `
  const o = { v: 1, async m() { await 0; const g = () => this.v + arguments.length; return g(); }, *g() { yield* [1, 2].map((x) => x + this.v); }, async *h() { yield (() => this.v)(); } };
  o.m(1, 2).then(print); print([...o.g()]); o.h().next().then((r) => print(r));
  function f() { const h = async () => { await 0; return [this.k, arguments.length]; }; return h(); }
  f.call({ k: 4 }, 1).then(print);`,
);

sample(
  "derived constructors",
  `
  class A { constructor(x) { this.x = x; } who() { return "A" + this.x; } }
  class B extends A {
    y = (() => this.x + 1)();
    constructor(x) {
      const early = () => this; try { early(); } catch (e) { print(e); }
      super(x); print(early() === this, this.y);
    }
    who() { return (() => super.who() + "B")(); }
  }
  print(new B(3).who());
  class C extends A { constructor(x) { const init = () => super(x * 2); init(); this.z = (() => this.x)(); try { init(); } catch (e) { print(e); } } }
  print(new C(4));
  class D extends A { constructor() { try { (() => this)(); } catch (e) { print(e); } return { d: (() => new.target === D)() }; } }
  print(new D());
  function make() { return class extends A { constructor(...a) { super(...a); this.get = () => [this.x, new.target.name]; } }; }
  const E = make(); print(new E(8).get());`,
);

sample(
  "super in methods, arrows, async, generators, statics, literals",
  `
  class A { v = 1; m(k) { return "A.m" + k + this.v; } get p() { return "p" + this.v; } set q(x) { this.set = x; } static s() { return "A.s" + (this === B); } async am() { return "am" + this.v; } }
  class B extends A {
    m(k) { return super.m(k) + (() => super.m(k + 1))() + super["m"](0); }
    get p() { return (() => super.p + "!")(); }
    w() { const f = () => { super.q = 5; super.fresh = 6; super.n = super.n ?? 1; super.n += 2; super.n++; return [this.set, this.fresh, this.n]; }; return f(); }
    async am() { const x = await super.am(); return x + (await (async () => super.am())()) + super.m(2); }
    *g() { yield super.m(3); yield (() => super.p)(); }
    static s() { return super.s() + (() => super.s())(); }
    static t = (() => super.s())();
    static { print(super.s(), (() => super.s())()); }
    f = () => super.m("f");
    has() { return (() => [super.nope?.(1), super.m?.("?"), super.p?.length])(); }
    pat() { (() => { [super.a, super.b = 4] = [3]; ({ x: super.c } = { x: 5 }); for (super.d of [6, 7]); })(); return [this.a, this.b, this.c, this.d]; }
    tag() { return (() => super.m\`t\`)(); }
  }
  const b = new B(); print(b.m(1), b.p, b.w(), [...b.g()], B.s(), B.t, b.f(), b.has(), b.pat(), b.tag()); b.am().then(print);
  function f() {
    const base = { m() { return "base" + this.n; }, get a() { return "a" + this.n; } };
    const o = { __proto__: base, n: 1, m() { return super.m() + (() => super.m())(); }, get a() { return super.a + "!"; }, async am() { await 0; return super.m(); }, *g() { yield super.a; }, ["c" + 1]() { return super.m(); } };
    print(o.m(), o.a, [...o.g()], o.c1()); o.am().then(print); return o;
  }
  f();
  const top = { __proto__: { m() { return "top" + this.n; } }, n: 2, m() { return (() => super.m())(); }, k() { return super.m(); }, async z() { return super.m(); } };
  print(top.m(), top.k()); top.z().then(print);`,
);

sample(
  "sloppy functions",
  `
  function f(a) { b = 1; var g = function () { return this === globalThis; }; return [g(), (() => this === globalThis)(), typeof b, (function () { return typeof this; }).call(1)]; }
  var b; print(f());
  function strictInside() { "use strict"; return [() => this === undefined, function () { return this === undefined; }, function (a = 1) { return this === undefined; }].map((g) => g()); }
  print(strictInside());
  function own() { const k = function self() { self = 1; (() => { self = 2; })(); return typeof self; }; return k(); } print(own());
  function args(a, b) { const g = () => a; return [arguments.length, arguments[1], [].slice.call(arguments), g()]; } print(args(1, 2, 3));
  function silent() { const o = Object.freeze({ x: 1 }); return (() => { o.x = 2; delete o.x; return o.x; })(); } print(silent());
  function del() { let x = 1; const g = () => x; return [delete x, g()]; } print(del());`,
  { sloppy: true },
);

sample(
  "functions in blocks of sloppy code",
  `
  function f(on) {
    const seen = [typeof g, typeof h, typeof q];
    if (on) { seen.push(g()); function g() { return "g" + on; } seen.push(typeof g); }
    { function h() { return () => h; } h = 5; seen.push(h); } seen.push(typeof h);
    let q = 1; { function q() {} } seen.push(q);
    switch (1) { case 1: function s() { return on; } } seen.push(s());
    if (on) function t() { return on; } seen.push(typeof t);
    { function twice() { return 1; } function twice() { return 2 + on; } seen.push(twice()); }
    const late = () => typeof g; seen.push(late()); lab: function labelled() { return on; } seen.push(labelled());
    return seen;
  }
  try { print(f(true)); } catch (e) { print(e); }
  function k(on) { const seen = [typeof g]; if (on) { function g() { return on; } } seen.push(typeof g); return seen; } print(k(true), k(false));
  { function block() { return 1; } } print(typeof block);`,
  { sloppy: true },
);

sample(
  "async and generator functions in native syntax",
  `
  function f(n) {
    const add = async (x) => { await null; n += x; return n; };
    function* count(to = n, get = () => to) { for (let i = 0; i < get(); i++) { const j = yield () => i; n += j ?? 0; } return n; }
    async function* both() { yield* count(2); try { yield add(1); } finally { await 0; n = 0; } }
    return { add, count, both, n: () => n };
  }
  const o = f(1);
  (async () => { print(await o.add(2)); const c = o.count(3); print(c.next().value(), c.next(5).value(), [...c].map((g) => g()), o.n()); for await (const x of o.both()) print(typeof x === "function" ? x() : x); print(o.n()); })();
  function thrower() { const g = function* (a = (() => { throw new RangeError(); })()) {}; try { g(); print("no"); } catch (e) { print(e); } print(g.length); }
  thrower();`,
);
