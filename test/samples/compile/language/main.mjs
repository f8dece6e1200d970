// Names, keys and kinds of functions; private names; labels; static blocks; scopes of parameters; template objects.

async function caseTaggedTemplatesIdentity(log) {
const seen = []; const tag = (s, ...v) => { seen.push(s); return s.raw.join("|") + v + s[0]; }; for (let i = 0; i < 2; i++) { log(tag`a${i}\n${await i}\u{`); await 0; } log(seen[0] === seen[1], Object.isFrozen(seen[0]), tag`x` === tag`x`);
}

async function caseNames(log) {
const o = { a() {}, async b() {}, *c() {}, get d() { return 1; }, ["e" + 1]: () => {}, f: async () => {}, g: class {}, "h i": function () {}, [Symbol("s")]: () => {}, [Symbol.iterator]: function* () {}, 1: () => {}, async *j() {}, async ["k" + 1]() {}, set l(v) {}, 1n: () => {} };
for (const k of Reflect.ownKeys(o)) { const d = Object.getOwnPropertyDescriptor(o, k); const f = d.value ?? d.get ?? d.set; log(String(k), f.name, f.length, Reflect.ownKeys(f).map(String).join()); } 
let x1 = () => {}; let x2; x2 = async () => {}; x2 ??= 1; const [x3 = function* () {}] = []; const { x4 = class { static name = "own"; } } = {}; const x5 = (0, () => {}); let x6 = class { static m() {} }; const x7 = (async function () {}); log([x1, x2, x3, x4, x5, x6, x7].map((f) => [f.name, f.length, Reflect.ownKeys(f).map(String).join()]));
function p(a, b = 1, c) {} async function q(a, ...b) {} const r = async ({ a }, [b]) => {}; function* s(a, b) {} log([p, q, r, s].map((f) => [f.name, f.length, Reflect.ownKeys(f).join(), "prototype" in f]));
}

async function caseClassNamesAndPropertyOrder(log) {
class C { static b = 1; static a() {} static { this.z = 1; } m() {} get n() { return 1; } async o() {} *p() {} static async q() {} ["r" + 1]() {} static #x = 1; static accessor2() {} constructor(a, b) {} } log(Reflect.ownKeys(C), Reflect.ownKeys(C.prototype), C.length, C.name); const D = class { }; const E = class F { static g = F.name; }; log(D.name, E.name, E.g, Reflect.ownKeys(D), Object.getOwnPropertyDescriptor(C, "prototype").writable); const G = { H: class { static name() {} } }; log(typeof G.H.name, Reflect.ownKeys(G.H));
}

async function casePrivate(log) {
class P { #a = 1; #m() { return this.#a; } get #g() { return this.#a * 2; } set #g(v) { this.#a = v; } static #s = 5; static #sm() { return P.#s; } static has(o) { return #a in o && #m in o && #g in o; } async t() { await 0; this.#g = 4; this.#g += 1; this.#a++; [this.#a] = [await 8]; ({ x: this.#g } = { x: 9 }); return [this.#a, this.#m(), this.#g, P.#sm(), this?.#a, this.#m?.(), P.has(this), P.has({})]; } *g() { yield this.#m(); yield () => this.#a; } static async bad(o) { await 0; try { o.#a; } catch (e) { return e.name + e.message; } } static bad2(o) { try { o.#m(); } catch (e) { return e.name; } } static bad3(o) { try { o.#m = 1; } catch (e) { return e.name + e.message; } } }
const p = new P(); log(await p.t(), [...p.g()].map((x) => typeof x === "function" ? x() : x), await P.bad({}), P.bad2({}), P.bad3(p));
class Q { constructor(o) { return o; } } class R extends Q { #x = 1; static is(o) { return #x in o; } get() { return this.#x; } } const ob = {}; new R(ob); await 0; log(R.is(ob), R.is({})); try { new R(ob); } catch (e) { log(e.name); }
}

async function casePrivate2(log) {
const mk = (n) => class Z { #v = n; static of(o) { return #v in o; } get v() { return this.#v; } }; const Z1 = mk(1), Z2 = mk(2); const z = new Z1(); await 0; log(Z1.of(z), Z2.of(z), z.v); try { Object.getOwnPropertyDescriptor(Z2.prototype, "v").get.call(z); } catch (e) { log(e.name); }
}

async function caseLabels(log) {
a: { log(1); await 0; break a; } b: for (let i = 0; i < 3; i++) { c: for (const k in { x: 1, y: 2 }) { for await (const z of [1, 2, 3]) { if (z === 2) continue c; if (i === 1) continue b; if (i === 2) break b; log([i, k, z]); } } } d: do { await 0; continue d; } while (log(false)); e: f: while (true) { await 0; break e; } g: switch (1) { case 1: for (;;) { await 0; break g; } } h: if (true) { await 0; break h; } i: try { await 0; break i; } finally { log("fin"); } j: for (const x of [1, 2]) { try { await x; continue j; } finally { log(x); } }
}

async function caseStaticBlocks(log) {
class S { static a = 1; static #p = 2; static { const self = this; this.f = () => [self === S, this.#p, S.a]; var a = 3; { let a = 4; this.g = () => a; } } static b = this.a + 1; static async c() { await 0; return super.toString().length > 0; } } await 0; log(S.f(), S.g(), S.b, await S.c());
}

async function caseArgumentsMappedStrict(log) {
function st(a) { arguments[0] = 2; return [a, arguments.length]; } async function as(a) { arguments[0] = 2; await 0; return [a, arguments[0], arguments.length]; } function* ge(a, b) { yield arguments[1]; yield (() => arguments[0])(); } log(st(1), await as(1, 2, 3), [...ge(5, 6)]);
}

async function caseParamScope(log) {
function ps(a, f = () => a, b = (() => { a = 5; })()) { var a; log(a); a = 7; return [a, f()]; } log(ps(1)); async function aps(a, f = () => a) { var a = 3; await 0; return [a, f()]; } log(await aps(2)); function* gps(x = 1, g = () => x) { var x = 9; yield [x, g()]; } log([...gps()]); function closuresInDefault({ a = 1, b = () => a } = {}, ...[c = () => b]) { return [b(), c()()]; } log(closuresInDefault());
}

async function caseGettersAndSettersWithAwaitIsh(log) {
const o = { _v: 1, get v() { return this._v; }, set v(x) { this._v = x; }, async ["m" + 1]() { await 0; return super.hasOwnProperty("v"); } }; o.v += await 2; log(o.v, await o.m1());
}

async function caseProtoAfterAccessor(log) {
const f = (k, p) => ({ a: 1, get [k]() { return k + super.toString; }, ["b"]: 2, __proto__: p, c: 3, set [k](v) {}, m() { return super.x; } }); const o = f("q", { x: 5, toString: "T" }); await 0; log(Object.keys(o), Object.getPrototypeOf(o).x, o.q, o.m(), Object.getPrototypeOf(f("z", 1)) === Object.prototype, Object.getPrototypeOf(f("z", null)));
}

async function casePrivateChainCall(log) {
class A { #v = 1; #f() { return this.#v; } get #g() { return () => this.#v + 1; } o = { i: this }; static run(a) { return [(a?.#f)(), (a?.#g)(), (a?.o.i.#f)(), (a?.o?.i.#f)(...[])]; } static none(a) { try { return (a?.#f)(); } catch (e) { return e.name; } } async t(a) { await 0; return (a?.#f)(await 1); } plain(o) { return (o?.f)(); } } log(A.run(new A()), A.none(null), await new A().t(new A()), new A().plain({ n: 3, f() { return this.n; } }));
}

export async function main() {
  const all = [];
  for (const one of [caseTaggedTemplatesIdentity, caseNames, caseClassNamesAndPropertyOrder, casePrivate, casePrivate2, caseLabels, caseStaticBlocks, caseArgumentsMappedStrict, caseParamScope, caseGettersAndSettersWithAwaitIsh, caseProtoAfterAccessor, casePrivateChainCall]) {
    const t = [];
    await one((...x) => {
      t.push(x.length === 1 ? x[0] : x);
      return x[0];
    });
    all.push([one.name, t]);
  }
  return all;
}
