/** Scripts that are saved before every job and go on in a new context: their results are those of an undisturbed run (I3). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import type { Program } from "#protocol";
import { Guest } from "./harness.ts";

function loaded(program: Program): Guest {
  const guest = new Guest();
  guest.load(program.code, program.tables);
  return guest;
}

const call = (guest: Guest, name: string, ...args: unknown[]): unknown =>
  guest.method(name).applySync(undefined, args, { arguments: { copy: true }, result: { copy: true } });

function undisturbed(program: Program): string {
  const guest = loaded(program);
  call(guest, "begin", "");
  while ((call(guest, "pump") as number) > 0);
  const outcome = call(guest, "outcome") as string;
  guest.release();
  return outcome;
}

function restoredAtEveryJob(program: Program): { outcome: string; jobs: number } {
  let guest = loaded(program);
  call(guest, "begin", "");
  for (let jobs = 0; ; jobs++) {
    const bytes = call(guest, "snapshot") as ArrayBuffer;
    assert.deepEqual(call(guest, "snapshot"), bytes, `a second snapshot before job ${jobs} has other bytes`);
    guest.release();
    guest = loaded(program);
    call(guest, "restore", bytes);
    assert.deepEqual(call(guest, "snapshot"), bytes, `the restored state before job ${jobs} has other bytes`);
    if ((call(guest, "pump") as number) === 0 && jobs > 0) {
      const outcome = call(guest, "outcome") as string;
      guest.release();
      return { outcome, jobs };
    }
  }
}

const SCRIPTS: Readonly<Record<string, string>> = {
  "combinators, thenables, finally": `export async function main() { const log = [];
    const sleepy = async (n, v) => { for (let i = 0; i < n; i++) await null; log.push(v); return v; };
    const all = Promise.all([sleepy(3, "a"), sleepy(1, "b"), { then(f) { log.push("then"); f("c"); } }]);
    const race = Promise.race([sleepy(4, "d"), sleepy(2, "e")]); const any = Promise.any([Promise.reject(1), sleepy(1, "f")]);
    const settled = Promise.allSettled([sleepy(1, "g"), Promise.reject(2)]);
    class Sub extends Promise {} const sub = Sub.all([Sub.resolve(1), sleepy(2, "h")]).then((v) => v.length);
    const fin = sleepy(2, "i").finally(() => sleepy(1, "j")).then((v) => v + "!"); const w = Promise.withResolvers(); setTimeout(() => {}, 0); queueMicrotask(() => w.resolve("w"));
    return [await all, await race, await any, await settled, await sub, await fin, await w.promise, log]; }`,
  "generators and async generators": `function* count(n) { try { for (let i = 0; i < n; i++) { const got = yield i; if (got) yield got; } } finally { yield "fin"; } }
    async function* pairs(source) { for (const v of source) { await null; yield [v, await v]; } return "end"; }
    async function* outer() { const r = yield* pairs(count(3)); yield r; }
    export async function main() { const out = []; for await (const x of outer()) out.push(x); const g = count(2); out.push(g.next(), g.next("in")); await null; out.push(g.return(5), g.next());
      const h = outer(); const p = [h.next(), h.next(), h.return("r"), h.next()]; out.push(await Promise.all(p)); for await (const x of [Promise.resolve(1), 2]) { out.push(x); await null; } return out; }`,
  "loops over collections": `export async function main() { const out = []; const map = new Map([["a", 1], ["b", 2], ["c", 3]]);
    for (const [k, v] of map) { out.push(k, v); await null; if (k === "a") { map.delete("b"); map.set("d", 4); } }
    const set = new Set([1, 2, 3]); for (const v of set) { await null; out.push(v); set.delete(2); } const list = [1, 2]; for (const v of list) { await null; if (list.length < 4) list.push(v * 10); out.push(v); }
    for (const c of "a\\u{1F600}b") { out.push(c.length); await null; } for (const k in { x: 1, y: 2 }) { await null; out.push(k); } const [a, ...rest] = await Promise.resolve([1, 2, 3]); out.push(a, rest);
    out.push(await Array.fromAsync([1, Promise.resolve(2)], async (v) => { await null; return v * 2; })); return out; }`,
  "closures, classes, errors": `export async function main() { const out = []; const fs = []; for (let i = 0; i < 3; i++) { await null; fs.push(() => i++); } out.push(fs.map((f) => f()), fs.map((f) => f()));
    class A { #n = 1; static count = 0; get n() { return this.#n; } bump() { this.#n++; A.count++; return this; } async later() { await null; return this.bump().n; } } class B extends A { async later() { await null; return "b" + (await super.later()); } }
    const b = new B(); out.push(await b.later(), b.n, A.count, b instanceof A); const bound = out.push.bind(out, "bound"); await null; bound();
    try { await (async () => { await null; throw new TypeError("x", { cause: b }); })(); } catch (e) { out.push(e.name, e.message, e.cause === b, e instanceof TypeError); } finally { await null; out.push("fin"); }
    label: for (let i = 0; ; i++) { try { await null; if (i === 2) break label; continue; } finally { await null; out.push("f" + i); } } return out; }`,
};

for (const [name, source] of Object.entries(SCRIPTS)) {
  test(`saved before every job: ${name}`, async () => {
    const { program } = await compileSource(source, { filename: "main.js", needsMain: true });
    const expected = undisturbed(program);
    assert.match(expected, /"completed"/);
    const { outcome, jobs } = restoredAtEveryJob(program);
    assert.equal(outcome, expected);
    assert.ok(jobs > 10, `${jobs} jobs`);
  });
}
