/** Frames written by hand to the ABI, against the same function run by the engine itself. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Guest, handTables, nativeTrace, TRACE } from "./harness.ts";

interface Case {
  readonly native: string;
  /** Statements that define the same functions over `$k`. */
  readonly frames: string;
  readonly run: string;
}

const CASES: Readonly<Record<string, Case>> = {
  "await costs one job, return of a promise three": {
    native: `async function f() { log("a", await 1); await Promise.resolve(); log("b"); return Promise.resolve("r"); }`,
    frames: `const $d0 = $k.frame(0, function ($f, $mode, $value) { switch ($f.pc) {
      case 0: return $k.await($f, 1, 1, []);
      case 1: log("a", $value); return $k.await($f, Promise.resolve(), 2, []);
      case 2: log("b"); return Promise.resolve("r"); } });
      function f() { return $k.async($d0, []); }`,
    run: `let t = Promise.resolve(); for (let i = 1; i < 8; i++) t = t.then(() => log("t" + i)); f().then((v) => log(v));`,
  },
  "a throw before the first await rejects": {
    native: `async function f() { throw new TypeError("x"); }`,
    frames: `const $d0 = $k.frame(0, function () { throw new TypeError("x"); }); function f() { return $k.async($d0, []); }`,
    run: `f().catch((e) => log("caught", e)); log("after");`,
  },
  "a rejected await goes to the handler": {
    native: `async function f(p) { try { return await p; } catch (e) { log("catch", e); } finally { log("finally"); } return 2; }`,
    frames: `const $h = [1, 2, 10];
      const $d0 = $k.frame(0, function ($f, $mode, $value) { let p; let $pc = $f.pc;
        switch ($pc) { case 0: p = $f.l[0]; break; }
        for (;;) try { switch ($pc) {
          case 0: $pc = 1; return $k.await($f, p, 1, []);
          case 1: if ($mode === 1) throw $value; log("finally"); return $value;
          case 10: log("catch", $value); log("finally"); return 2;
        } } catch ($e) { $pc = $k.handler($h, $pc, $e); $value = $e; $mode = 0; } });
      function f(p) { return $k.async($d0, [p]); }`,
    run: `f(Promise.reject(5)).then((v) => log(v)); f(7).then((v) => log(v));`,
  },
  "awaits of thenables and of subclasses": {
    native: `async function f(v) { log(await v); }`,
    frames: `const $d0 = $k.frame(0, function ($f, $mode, $value) { switch ($f.pc) {
      case 0: return $k.await($f, $f.l[0], 1, []);
      case 1: if ($mode === 1) throw $value; log($value); } });
      function f(v) { return $k.async($d0, [v]); }`,
    run: `class D extends Promise {} let t = Promise.resolve(); for (let i = 1; i < 8; i++) t = t.then(() => log("t" + i));
      f({ then(a) { log("then"); a("th"); } }); f(D.resolve("d")); f({ get then() { throw 3; } }).catch((e) => log("c", e));`,
  },
  "generator objects": {
    native: `function* g(a) { const b = yield a; log("got", b); try { yield b + 1; } finally { log("fin"); } return "end"; }`,
    frames: `const $d0 = $k.frame(0, function ($f, $mode, $value) { switch ($f.pc) {
      case 0: return $k.yield($f, $f.l[0], 1, []);
      case 1: if ($mode === 1) throw $value; if ($mode === 2) return $value; log("got", $value); return $k.yield($f, $value + 1, 2, []);
      case 2: log("fin"); if ($mode === 1) throw $value; if ($mode === 2) return $value; return "end"; } });
      const g = $k.kind({ g(a) { return $k.generator($d0, [a], g); } }.g, "generator");`,
    run: `log([...g(1)]); const i = g(5); log(i.next("ignored"), i.next(7), i.return(9), i.next());
      const j = g(1); log(j.return(3), j.next()); const k = g(1); k.next(); try { k.throw(4); } catch (e) { log("thrown", e); } log(k.next());
      log(Object.prototype.toString.call(i), i[Symbol.iterator]() === i, Object.getPrototypeOf(g.prototype) === Object.getPrototypeOf(function* () {}.prototype));
      log(typeof g.prototype, Object.hasOwn(g.prototype, "constructor"), Object.getPrototypeOf(i) === g.prototype, g.length, g.name);
      try { new g(); } catch (e) { log(e); } g.prototype = 5; log(Object.getPrototypeOf(g(1)) === Object.getPrototypeOf(function* () {}).prototype);
      try { i.next.call({}); } catch (e) { log(e); } log(Iterator.from(g(2)).map((x) => x * 2).take(1).toArray());`,
  },
  "a generator that is running": {
    native: `function* g() { try { it.next(); } catch (e) { log(e); } yield 1; } const it = g();`,
    frames: `const $d0 = $k.frame(0, function ($f, $mode, $value) { switch ($f.pc) {
      case 0: try { it.next(); } catch (e) { log(e); } return $k.yield($f, 1, 1, []);
      case 1: if ($mode === 1) throw $value; return $mode === 2 ? $value : undefined; } });
      const g = $k.kind({ g() { return $k.generator($d0, [], g); } }.g, "generator"); const it = g();`,
    run: `log(it.next()); log(it.next()); log(it.next());`,
  },
  "requests of an async generator wait in line": {
    native: `async function* g() { log("start"); const a = yield 1; log("a", a); await null; const b = yield 2; log("b", b); return 3; }`,
    frames: `const $d0 = $k.frame(0, function ($f, $mode, $value) { switch ($f.pc) {
      case 0: log("start"); return $k.await($f, 1, 1, []);
      case 1: return $k.yield($f, $value, 2, []);
      case 2: if ($mode === 1) throw $value; if ($mode === 2) return $k.await($f, $value, 9, []); log("a", $value); return $k.await($f, null, 3, []);
      case 3: return $k.await($f, 2, 4, []);
      case 4: return $k.yield($f, $value, 5, []);
      case 5: if ($mode === 1) throw $value; if ($mode === 2) return $k.await($f, $value, 9, []); log("b", $value); return $k.await($f, 3, 9, []);
      case 9: if ($mode === 1) throw $value; return $value; } });
      const g = $k.kind({ g() { return $k.asyncGenerator($d0, [], g); } }.g, "asyncGenerator");`,
    run: `let t = Promise.resolve(); for (let i = 1; i < 14; i++) t = t.then(() => log("t" + i));
      const i = g(); for (const v of ["p", "q", "r", "s"]) i.next(v).then((x) => log(v, x));
      const j = g(); j.next().then((x) => log("j", x)); j.return(Promise.resolve("R")).then((x) => log("jr", x)); j.next().then((x) => log("jn", x));
      const k = g(); k.throw("T").catch((e) => log("k", e)); k.next().then((x) => log("kn", x));
      const l = g(); l.return({ then(a) { a("L"); } }).then((x) => log("l", x)); l.next().then((x) => log("ln", x));
      const m = g(); m.return(Promise.reject("M")).catch((e) => log("m", e)); m.return(1).then((x) => log("mr", x));
      i.next.call({}).catch((e) => log("receiver", e)); log(Object.prototype.toString.call(i), i[Symbol.asyncIterator]() === i);`,
  },
};

for (const [name, { native, frames, run }] of Object.entries(CASES)) {
  test(`frames: ${name}`, async () => {
    const expected = await nativeTrace(`${native}\n${run}`);
    const guest = new Guest();
    try {
      guest.eval(TRACE);
      guest.load(
        `(function ($k) { $k.module(0, [], function* () { "use strict"; yield { run: () => run };
          ${frames}
          function run() { ${run} }
          globalThis.run = run;
        }); $k.entry(0); })`,
        handTables(1),
      );
      guest.eval("run()");
      guest.pumpAll();
      assert.deepEqual(JSON.parse(guest.eval("JSON.stringify(trace)") as string), expected);
    } finally {
      guest.release();
    }
  });
}
