/** One construct a sample: what the other files have in passing, so that a failure says which it is. */
import { sample } from "./harness.ts";

const inFunction = (name: string, body: string): void => sample(name, `(function (p, q) { ${body} })(1, 2);`);

inFunction(
  "let without initialiser in a loop is undefined each time",
  "for (let i = 0; i < 2; i++) { let x; print(x); x = i; keep(() => x); } function keep(f) { print(f()); }",
);
inFunction("a closure sees later writes", "let x = 1; const g = () => x; x = 2; print(g()); x++; print(g());");
inFunction(
  "two closures share one variable",
  "let x = 0; const up = () => ++x, get = () => x; up(); up(); print(get());",
);
inFunction("parameters are variables", "const set = (v) => { p = v; }; set(7); print(p, q);");
inFunction("var in a block belongs to the function", "{ var x = 1; } const g = () => x; x = 2; print(g());");
inFunction("var without value keeps what it had", "var x = 1; const g = () => x; var x; print(g());");
inFunction("a function declaration wins over a parameter", "print(typeof p); function p() { return q; } print(p());");
inFunction(
  "mutual recursion",
  "print(even(4)); function even(n) { return n === 0 || odd(n - 1); } function odd(n) { return n !== 0 && even(n - 1); }",
);
inFunction(
  "closures made by a called function are distinct",
  "const make = (n) => () => n++; const a = make(1), b = make(5); print(a(), a(), b(), a());",
);
inFunction(
  "immediately called functions",
  "print((() => p + q)(), (function () { return arguments.length + p; })(1, 2), (async () => p)() instanceof Promise);",
);
inFunction(
  "conditional and comma callees",
  "let f = () => 1, g = () => 2; const see = () => [f, g]; print((p ? f : g)(), (0, g)(), (f || g)(), see().length);",
);
inFunction(
  "spread and rest",
  "const all = (...xs) => [...xs, ...[p], ...rest()]; const rest = (...ys) => ys; print(all(1, 2), Math.max(...all(5)));",
);
inFunction(
  "object shorthand, spread and methods",
  "let a = 1; const o = () => ({ a, p, ...{ q }, m() { return a + this.p; } }); a = 2; print(o(), o().m());",
);
inFunction(
  "computed keys are evaluated once and in order",
  "let n = 0; const k = () => 'k' + n++; const o = { [k()]: () => n, [k()]() { return n; }, get [k()]() { return n; }, [k()]: n }; print(Object.keys(o), o.k0(), o.k1(), o.k2, o.k0.name, o.k1.name);",
);
inFunction(
  "destructuring with defaults that close over earlier names",
  "const { a = 1, b = () => a, c = b() } = {}; const [d, e = () => d] = [9]; print(a, b(), c, e());",
);
inFunction(
  "nested patterns",
  "const { x: { y: [z, ...w] }, ...r } = { x: { y: [1, 2, 3] }, k: 4 }; print((() => [z, w, r])());",
);
inFunction("swap of captured variables", "let a = 1, b = 2; const see = () => [a, b]; [a, b] = [b, a]; print(see());");
inFunction(
  "assignment is an expression",
  "let a, b; const see = () => [a, b]; print((a = b = 3), see(), (a += b), see());",
);
inFunction(
  "logical assignment does not evaluate what it does not need",
  "let a = 1, b = null; const see = () => [a, b]; const t = (x) => (print('t', x), x); a ||= t(2); a &&= t(3); b ??= t(4); b ??= t(5); print(see());",
);
inFunction(
  "exponent and shifts",
  "let a = 2, b = 5n; const see = () => [a, b]; a **= 3; a <<= 1; a >>>= 0; b **= 2n; print(see());",
);
inFunction("postfix gives the old number", "let a = '5', b = 1n; const see = () => [a, b]; print(a++, b--, see());");
inFunction(
  "delete of properties of captured objects",
  "let o = { a: 1, b: 2 }; const see = () => o; print(delete o.a, delete see().b, o);",
);
inFunction(
  "optional chains over captured variables",
  "let o = { f() { return this === o; }, n: null }, u; const see = () => [o, u]; print(o?.f(), o.f?.(), u?.x.y, o.n?.[see()], (o?.f)());",
);
inFunction(
  "sequence in for heads",
  "const out = []; for (let i = 0, j = 9; i < j; i += 3, j--) out.push(() => [i, j]); print(out.map((f) => f()));",
);
inFunction(
  "for without test or update",
  "const out = []; for (let i = 0; ; ) { if (i > 2) break; out.push(() => i); i++; } print(out.map((f) => f()));",
);
inFunction(
  "while with captured condition",
  "let n = 3; const dec = () => n--; while (dec() > 0) print(n); do { n++; } while (n < 2); print(n);",
);
inFunction(
  "for-in over a changing object",
  "const o = { a: 1, b: 2, c: 3 }, out = []; for (const k in o) { out.push(() => k); delete o.b; } print(out.map((f) => f()));",
);
inFunction(
  "break out of a labelled block",
  "const out = []; block: { let x = 1; out.push(() => x); if (p) break block; x = 2; } print(out[0]());",
);
inFunction(
  "finally sees captured variables",
  "let n = 0; const inc = () => ++n; const f = () => { try { return inc(); } finally { inc(); } }; print(f(), n);",
);
inFunction(
  "catch parameter is its own variable",
  "const out = []; for (const x of [1, 2]) try { throw x; } catch (e) { out.push(() => e++); } print(out.map((f) => f()), out.map((f) => f()));",
);
inFunction(
  "throw and stack of catches",
  "const f = (n) => { try { if (n) return f(n - 1); throw new RangeError('x'); } catch (e) { throw n ? e : new TypeError(e.message); } }; try { f(2); } catch (e) { print(e, e.message); }",
);
inFunction(
  "switch with a captured discriminant",
  "let d = 2; const see = () => d; switch (d) { case d++: print('two', see()); break; default: print('other'); }",
);
inFunction(
  "switch functions are hoisted",
  "switch (p) { default: print(f()); break; case 5: function f() { return q; } }",
);
inFunction("recursive arrow in an object", "const o = { f: (n) => (n ? o.f(n - 1) + 1 : 0) }; print(o.f(5));");
inFunction(
  "getters close over variables",
  "let n = 1; const o = { get n() { return n; }, set n(v) { n = v * 2; } }; o.n = 4; print(o.n, n); o.n++; print(n);",
);
inFunction(
  "generators close over loop variables",
  "function* g() { for (let i = 0; i < 3; i++) yield () => i; } print([...g()].map((f) => f()));",
);
inFunction(
  "a generator's parameters are evaluated at the call",
  "let n = 0; function* g(a = n++, f = () => a, ...rest) { yield [a, f(), rest]; } const i = g(undefined, undefined, 7, 8); print(n, i.next().value, g.length, [...g(5)]);",
);
inFunction(
  "generator objects have the function's prototype",
  "const g = function* () {}; print(Object.getPrototypeOf(g()) === g.prototype, g() instanceof g);",
);
inFunction(
  "async functions reject for parameters that throw",
  "const f = async (a = (() => { throw new RangeError(); })()) => a; f().catch(print);",
);
inFunction(
  "async closures keep their variables",
  "let n = 0; const add = async (x) => { await 0; n += x; return () => n; }; Promise.all([add(1), add(2)]).then((fs) => print(fs.map((f) => f())));",
);
inFunction(
  "async generators",
  "async function* g(n = 2, f = () => n) { for (let i = 0; i < f(); i++) yield async () => i; } (async () => { for await (const f of g()) print(await f()); })();",
);
inFunction(
  "a class closes over its surroundings",
  "let n = 0; class C { constructor() { n++; } static total() { return n; } each() { return [1].map((x) => x + n); } } new C(); new C(); print(C.total(), new C().each(), C.name, C.length);",
);
inFunction(
  "classes made in a loop",
  "const out = []; for (const k of ['a', 'b']) out.push(class { [k]() { return k; } static k = k; }); print(out.map((C) => [C.k, Object.getOwnPropertyNames(C.prototype)]));",
);
inFunction(
  "a class extends a captured class",
  "class A { v() { return p; } } const make = () => class B extends A { v() { return super.v() + q; } }; print(new (make())().v());",
);
inFunction(
  "instance fields see this, closures and each other",
  "let n = 1; class C { a = n++; b = () => this.a + n; c = this.b(); } print(new C(), new C().b());",
);
inFunction(
  "private names of nested classes do not mix",
  "class A { #x = 1; B = class { #x = 2; both(a) { return [this.#x, A.get(a)]; } }; static get(a) { return a.#x; } } const a = new A(); print(new a.B().both(a));",
);
inFunction(
  "private name checks",
  "class A { #x; static is(o) { return #x in o; } } print(A.is(new A()), A.is({}), (() => { try { return A.is(1); } catch (e) { return e.name; } })());",
);
inFunction(
  "private fields are set once",
  "class Base { constructor(o) { return o; } } class S extends Base { #x = 1; static get(o) { return o.#x; } } const o = {}; new S(o); print(S.get(o)); try { new S(o); } catch (e) { print(e); }",
);
inFunction(
  "static blocks run in order with their own variables",
  "const log = []; class C { static a = log.push('a'); static { var v = 1; let w = 2; log.push(() => v + w, this === C); } static b = log.push('b'); } print(log.map((x) => (typeof x === 'function' ? x() : x)), C.a, C.b);",
);
inFunction(
  "new.target through arrows",
  "function F() { return (() => (() => new.target)())(); } print(F() === undefined, new F() instanceof F); class A { t = 1; constructor() { this.n = (() => new.target.name)(); } } class B extends A {} print(new B());",
);
inFunction(
  "arguments through arrows",
  "function f() { return (() => (() => [...arguments])())(); } print(f(1, 2), f());",
);
inFunction(
  "this through arrows in callbacks",
  "const o = { k: 2, list: [1, 2], m() { return this.list.map((x) => this.list.map((y) => x * y * this.k)); } }; print(o.m());",
);
inFunction(
  "a loop over a captured variable that is called async",
  "let async; const see = () => async; for ((async) of [1, 2]) print(see()); for (async in { k: p }) print(see()); [async] = [3]; print(see());",
);
inFunction(
  "bind, call and apply on converted functions",
  "const f = function (...a) { return [this?.k, p, ...a]; }; print(f.call({ k: 1 }, 2), f.apply({ k: 3 }, [4]), f.bind({ k: 5 }, 6)(7), f.bind(null).name);",
);
inFunction(
  "constructors that are plain functions",
  "function P(x) { this.x = x; this.get = () => this.x + p; } P.prototype.m = function () { return this.get(); }; const o = new P(3); print(o.m(), o instanceof P, P.prototype.constructor === P);",
);
inFunction(
  "tagged templates keep their object per site",
  `const seen = new Set(); const tag = (s) => (seen.add(s), s.length); for (let i = 0; i < 3; i++) (() => tag\`a\${i}b\`)(); tag\`a\${0}b\`; print(seen.size);`,
);
inFunction(
  "accessor properties keep attributes",
  "const k = 'x'; const o = { get [k]() { return p; } }; const d = Object.getOwnPropertyDescriptor(o, 'x'); print(d.set === undefined, d.enumerable, d.configurable, d.get.name, d.get.length);",
);
inFunction("catch without a binding", "try { null.x; } catch { print((() => p)()); }");
inFunction(
  "deep nesting",
  "const f = (a) => (b) => (c) => (d) => [a, b, c, d, p, q, (e = a) => [e, b]]; const g = f(1)(2)(3)(4); print(g.slice(0, 6), g[6](), g[6](9));",
);

inFunction(
  "patterns with private and checked targets in async code",
  "class A { #a = 0; #b = 0; async set(v) { [this.#a, this.#b = await v] = [await 1]; for (this.#b of [7, await 8]) await null; return [this.#a, this.#b]; } } new A().set(4).then(print); (async () => { const c = 1; const g = () => c; try { [c = await 0] = []; } catch (e) { print(e, g()); } })();",
);
inFunction(
  "a pattern after a compound assignment among arguments",
  "let a = 1, b; const see = (...x) => [...x, a, b]; print(see((a += 1), ([b] = [5])));",
);
inFunction(
  "arrow functions that call super keep apart from those that only use this",
  "class A { constructor(v) { this.v = v; } } class B extends A { constructor(v, init = () => super(v)) { init(); this.get = () => this.v; try { init(); } catch (e) { print(e); } } } print(new B(3).get());",
);
inFunction(
  "nothing of super can be deleted: the key is evaluated, and made no name",
  `const key = { toString() { throw new RangeError("a name"); } }; const see = (f) => { try { print(f()); } catch (e) { print(e.name, e.message); } };
  class A { gone() {} } class B extends A { m() { return delete super[(print("key"), key)]; } arrow() { return (() => delete super[(print("key"), key)])(); } *g() { yield delete super.gone; }
    chain() { return () => delete super.gone?.name; } static s() { return (() => delete (super.x))(); } }
  class C extends A { constructor() { (() => delete super[(super(), 0)])(); } } const o = { m() { return () => delete super[key]; } };
  const b = new B(); see(() => b.m()); see(() => b.arrow()); see(() => [...b.g()]); see(b.chain()); see(() => B.s()); see(() => new C()); see(o.m());`,
);
