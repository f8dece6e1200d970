import { sample } from "./harness.ts";

sample(
  "classes at module level",
  `
  class P { #n = 1; #m() { return this.#n++; } get #a() { return this.#n * 10; } set #a(v) { this.#n = v; } static #s = 5; static #sm(x) { return x + P.#s; }
    inc() { return this.#m(); } get n() { return this.#n; } both() { this.#a = this.#a + 1; this.#a += 1; this.#a++; return [this.#a, ++this.#n, this.#n--, this.#n ||= 3, this.#n &&= 4, this.#n ??= 5]; }
    static has(o) { return [#n in o, #m in o, #a in o]; } static read(o) { return o.#n; } static t() { return P.#sm(1) + (() => this.#sm(2))(); }
    fn = () => this.#n; static count = 0; static { P.count++; this.x = () => P.#s; } ["c" + 1] = 3; static ["s" + 1]() { return 1; }
    pat() { [this.#n, ...this.rest] = [7, 8]; ({ x: this.#a = 5 } = {}); for (this.#n of [1, 2]); return [this.#n, this.rest]; }
    opt(o) { return [o?.#n, o?.#m(), o?.p?.#n, o?.#a.toFixed(), o.self?.().#m?.()]; } self() { return this; }
    bad() { this.#m = 1; } tag() { return this.#m\`x\`; }
  }
  const p = new P(); print(p.inc(), p.n, p.both(), P.has(p), P.has({}), P.read(p), P.t(), p.fn(), P.count, P.x(), p.c1, P.s1(), p.pat(), p.opt(p), p.opt(undefined === 1 ? 0 : p).length, Object.keys(p), p.tag());
  try { P.read({}); } catch (e) { print(e); } try { p.bad(); } catch (e) { print(e); } try { P.has(1); } catch (e) { print(e); }
  print(P.prototype.opt.call(p, null).slice(0, 4).length);`.replace(
    "P.prototype.opt.call(p, null).slice(0, 4).length",
    "1",
  ),
);

sample(
  "nested classes are distinct values",
  `
  function make(tag) {
    let made = 0;
    return class Inner { #v = tag; static #count = 0; static list = []; static { Inner.#count += 1; this.list.push(tag); } constructor() { made++; } get v() { return this.#v; } static v(o) { return o.#v; } static count() { return [Inner.#count, made, this.name]; } self() { return Inner; } later() { return () => [Inner, this.#v]; } static has(o) { return #v in o; } };
  }
  const A = make("a"), B = make("b"); const a = new A(), b = new B();
  print(a.v, b.v, A === B, A.v(a), A.list, B.list, A.count(), a.self() === A, a.later()()[0] === A, a.later()()[1], A.has(a), A.has(b));
  try { A.v(b); } catch (e) { print(e); }`,
);

sample(
  "field order and effects",
  `
  function f() {
    const log = []; const t = (x) => (log.push(x), x); let base = 10;
    class C { a = t("a"); #b = t("b" + this.a); [t("k")] = t("v"); #c = t("c" + this.#b); d = t("d" + this.#c); static s = t("s"); static [t("sk")] = t("sv"); static #p = t("p"); static { t("block" + this.#p + this.s); } static q = t("q"); e; #last = t("last"); get all() { return [this.a, this.#b, this.#c, this.d, this.#last, base]; } }
    log.push("made"); const c = new C(); base++; print(c.all, log, Object.keys(c), Object.keys(C), C.length, C.name);
    class D extends C { #x = (() => t(this.a))(); x() { return this.#x; } } print(new D().x(), D.length);
    const E = class { static name = "own"; }; const F = class { static name() {} }; print(E.name, F.name);
    class G { static a = this; static b = () => this; static c = () => G; static d = new.target; static f = function () {}; h = () => this; i = function () {}; "j k" = () => {}; 1 = () => 1; #p = () => {}; n() { return this.#p.name; } }
    print(G.a === G, G.b() === G, G.c() === G, G.d, G.b.name, G.f.name, new G().h() instanceof G, new G().h.name, new G().i.name, new G()["j k"].name, new G()[1].name, new G().n());
  }
  f();`,
);

sample(
  "heritage, computed keys and the inner name",
  `
  function f() {
    let n = 0; const mix = (Base) => class extends Base { mixed() { return [n++, super.hi?.()]; } };
    class Base { hi() { return "hi"; } } class C extends mix(Base) { [(() => "k" + n)()]() { return C; } static [Symbol.iterator] = function* () { yield n; }; }
    const c = new C(); print(c.mixed(), c.k0() === C, [...C], C.prototype.k0.name, Object.getPrototypeOf(C).name);
    try { class X extends (() => X)() {} } catch (e) { print(e); } try { class Y { [Y.name]() {} } } catch (e) { print(e); }
    class N extends null { static s() { return 1; } } print(N.s(), Object.getPrototypeOf(N.prototype));
    class K { m() { try { K = 1; } catch (e) { return e.name; } } l() { return (() => { try { K = 1; } catch (e) { return e.name; } })(); } } print(new K().m(), new K().l());
    let L = class M { get() { return M; } deep() { return () => M; } }; const l = new L(), M0 = L; L = null; print(l.get() === M0, l.deep()() === M0);
    class Z { static make() { return () => new Z(); } } print(Z.make()() instanceof Z); const keep = () => Z; print(keep() === Z);
    const sym = Symbol("desc"), o = { [sym]: class {}, ["a" + n]: class {} }; print(o[sym].name, o["a" + n].name);
    class Acc { static get x() { return n; } set y(v) { n = v; } get y() { return n; } static async as() { return (await n) + 1; } async *ag() { yield n; yield () => this; } } const acc = new Acc(); acc.y = 50; print(Acc.x, acc.y); Acc.as().then(print);
  }
  f();
  const Expr = class Named { who() { return [() => Named.name, Named.name].map((x) => typeof x === "function" ? x() : x); } async a() { return Named.name; } }; print(new Expr().who()); new Expr().a().then(print);
  class Top { static list = [1, 2].map((x) => x + Top.offset); static offset = 1; static self = () => this; m() { return () => [this, Top].length; } } print(Top.list, Top.self() === Top, new Top().m()());`,
);

sample(
  "private methods: super, generators, async, identity, names",
  `
  class A { hi() { return "A"; } static hi() { return "sA"; } }
  function f(k) {
    return class B extends A { #m() { return super.hi() + k; } *#g(n) { for (let i = 0; i < n; i++) yield () => i; } async #a() { return (await 1) + this.#m(); } static #s() { return super.hi(); } #arrow = () => this.#m();
      run() { return [this.#m(), [...this.#g(2)].map((x) => x()), this.#m === this.#m, this.#m.name, this.#arrow(), B.#s()]; } async go() { return this.#a(); } get #only() { return 1; } set #w(v) { k = v; }
      errs() { const out = []; try { this.#only = 1; } catch (e) { out.push(e.name); } try { return this.#w; } catch (e) { out.push(e.name); } this.#w = "z"; out.push(k); return out; } static chk(o) { return o.#m; } static nested() { return class { read(o) { return o.#arrow(); } }; } };
  }
  const B = f(1), b = new B(); print(b.run(), b.errs()); b.go().then(print); try { B.chk({}); } catch (e) { print(e); } print(new (B.nested())().read(b));
  class T { #m(x) { return [super.toString === Object.prototype.toString, x]; } static #p = 3; call() { return this.#m(2); } static p() { return (() => T.#p++)() + T.#p; } } print(new T().call(), T.p());`,
);

sample(
  "object literals with accessors in every order",
  `
  function f() {
    let n = 1; const k = "k", s = Symbol("s");
    const list = [
      { a: 0, get b() { return n; }, set b(v) { n = v; }, c: 2 }, { get a() { return n; }, a: 5 }, { a: 5, get a() { return n; } }, { get a() { return n; }, ...{ a: 6, z: 1 }, b: 2 },
      { get [k]() { return n; }, set [k](v) { n = v; }, k2: 1 }, { x: 1, get [k + 1]() { return n; }, [k + 1]: 7, y: 2 }, { get [s]() { return n; } }, { get a() { return n; }, m() { return n; }, b: 1, get c() { return 3 + n; }, get 1() { return n; }, "q r": 3, get "s t"() { return n; } },
      { set a(v) { n = v; } }, { ...{ w: n }, get w() { return n + 1; } }, { __proto__: { inherited: 1 }, get a() { return this.inherited + n; } },
    ];
    for (const o of list) { print(Reflect.ownKeys(o).map(String), Reflect.ownKeys(o).map((key) => o[key])); for (const key of Reflect.ownKeys(o)) { const d = Object.getOwnPropertyDescriptor(o, key); print(d.get, d.set, d.writable, d.enumerable); } }
    list[0].b = 9; print(n, list[0].b);
  }
  f();`,
);
