import { sample } from "./harness.ts";

sample(
  "per-iteration let",
  `
  function f() {
    const out = [];
    for (let i = 0; i < 3; i++) out.push(() => i);
    for (let i = 0; i < 3; i++) { out.push(() => i); i++; }
    for (let i = 0, n = 2; i < n; out.push(() => "u" + i), i++) out.push(() => i += 10);
    for (let [i, j] = [0, 5]; i < j; i += 2) out.push(() => [i, j]);
    for (let i = 0; out.push(() => "t" + i), i < 2; i++);
    print(out.map((g) => g()), out.map((g) => g()));
  }
  f();`,
);

sample(
  "closures in the head",
  `
  function f() {
    const out = [];
    for (let i = 0, get = () => i, set = (v) => { i = v; }; i < 3; i++) { out.push(() => i, get); set(100); }
    print(out.map((g) => g()));
    for (const k = 1, get = () => k; out.length < 8;) out.push(get);
    print(out.map((g) => g()));
    try { for (let i = (() => i)(); ;) break; } catch (e) { print(e); }
    for (let a = (print("a"), 1), b = a + 1, c = () => a + b; a < 2; a++) print(c());
  }
  f();`,
);

sample(
  "for-of and for-in",
  `
  function f() {
    const out = [];
    for (const x of [1, 2]) out.push(() => x);
    for (let { a, b = () => a } of [{ a: 1 }, { a: 2 }]) { a++; out.push(() => [a, b()]); }
    for (let k in { p: 1, q: 2 }) { k += "!"; out.push(() => k); }
    for (var v of [1, 2]) out.push(() => v);
    for (var [w] of [[5], [6]]) out.push(() => w);
    let u; const seeU = () => u; for (u of [7, 8]) out.push(seeU); for ([u] of [[9]]); for (u in { z: 1 });
    for (const x of [1]) for (const y of [x + 1]) { out.push(() => x + y); continue; }
    try { for (const x of [() => x].map((g) => g())) print("no"); } catch (e) { print(e); }
    try { for (let x of x) print("no"); } catch (e) { print(e); }
    print(out.map((g) => g()));
  }
  f();`,
);

sample(
  "labelled continue and break with captured loop variables",
  `
  function f() {
    const out = [];
    outer: for (let i = 0; i < 4; i++) {
      out.push(() => "i" + i);
      for (let j = 0; j < 4; j++) { out.push(() => [i, j]); if (j === 1) continue outer; if (i === 2) break outer; }
    }
    let n = 0; const get = () => n;
    lab: while (n < 5) { do { n++; if (n % 2) continue lab; } while (n < 3); out.push(get()); }
    one: for (const x of [1, 2, 3]) { out.push(() => x); for (const y in [0, 0]) { if (x === 2) continue one; out.push(() => x + y); } }
    print(out.map((g) => typeof g === "function" ? g() : g));
  }
  f();`,
);

sample(
  "loops with var heads",
  `
  function f() {
    const out = [];
    for (var i = 0, j = 10, k; i < 3; i++, j--) out.push(() => i);
    print(out.map((g) => g()), i, j, k);
    for (var m = 1; m < 3; m++) var t = () => m; print(t());
  }
  f();`,
);

sample(
  "loops and block scopes at module level",
  `
  const fns = [];
  for (let i = 0; i < 3; i++) { let n = i * 10; fns.push(() => n++ + i); }
  for (const x of ["a", "b"]) { class C { static s = x; get() { return x; } } fns.push(() => new C().get() + C.s); }
  { let hidden = 1; function bump() { return ++hidden; } fns.push(bump, () => hidden); }
  switch (1) { case 1: const z = 26; fns.push(() => z); }
  try { throw 3; } catch (e) { fns.push(() => e); }
  while (fns.length < 14) fns.push(() => fns.length);
  print(fns.map((g) => g()), fns.map((g) => g()));`,
);

sample(
  "iterators are closed when a pattern in the head throws",
  `
  function f() {
    const it = { [Symbol.iterator]() { return { next: () => ({ done: false, value: null }), return() { print("closed"); return {}; } }; } };
    const out = []; try { for (const { a } of it) out.push(() => a); } catch (e) { print(e); }
  }
  f();`,
);

sample(
  "await in loops",
  `
  async function f() {
    const out = [];
    for (let i = 0; i < 3; await null, i++) { await 0; out.push(() => i); }
    for await (const x of [1, Promise.resolve(2)]) out.push(() => x);
    for (const x of [1, 2]) { const y = await x; out.push(async () => x + (await y)); }
    for (const g of out) print(await g());
  }
  f();`,
);
