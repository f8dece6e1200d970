/** A script that replaces what it can of the language: the job queue, the codec and the kernel never ask it (I2, I5). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadByHand } from "./harness.ts";
import { advanced, load } from "./script.ts";

const MAIN = `const log = []; const wait = async (n) => { const v = await W.suspend("x" + n); log.push(n); return [n, v]; };
  const all = Promise.all([wait(1), wait(2)]); const map = new Map([[1, { a: 1 }]]); class K { #p = 3; get p() { return this.#p; } } const k = new K();
  const it = (function* () { yield 1; yield 2; })(); it.next(); const got = await Promise.race([all, W.suspend("never")]);
  return [got.length, got[0][1], log, map.get(1).a, k.p, it.next().value]; `;

/** Statements that a script may run first; each would be seen if the runtime asked the script's realm. */
const PATCHES: Readonly<Record<string, string>> = {
  "methods of Array.prototype": `for (const k of ["pop", "shift", "slice", "splice", "indexOf", "includes", "concat", "join", "sort", "values", "fill"]) Array.prototype[k] = () => { throw new Error("asked " + k); };`,
  "setters for elements": `for (let i = 0; i < 8; i++) Object.defineProperty(Array.prototype, i, { configurable: true, get() { return "bad"; }, set() { throw new Error("asked " + i); } });`,
  "fields of property descriptors": `for (const k of ["get", "set", "writable", "enumerable", "configurable"]) Object.defineProperty(Object.prototype, k, { configurable: true, get() { throw new Error("asked " + k); } });`,
  "methods of Map, Set, String, RegExp": `for (const C of [Set, WeakMap, RegExp]) for (const k of Object.getOwnPropertyNames(C.prototype)) if (k !== "constructor") try { C.prototype[k] = () => { throw new Error("asked"); }; } catch {}
    for (const k of ["set", "has", "delete", "entries", "forEach"]) Map.prototype[k] = () => { throw new Error("asked"); }; for (const k of ["charCodeAt", "slice", "indexOf", "startsWith", "split"]) String.prototype[k] = () => { throw new Error("asked"); };`,
  "getters of typed arrays": `const T = Object.getPrototypeOf(Uint8Array.prototype); for (const k of ["length", "buffer", "byteLength", "byteOffset"]) Object.defineProperty(T, k, { get() { throw new Error("asked " + k); }, configurable: true }); for (const k of ["set", "subarray", "slice", "fill"]) T[k] = () => { throw new Error("asked " + k); };`,
  "statics of Object, Reflect, JSON, Math, Number": `for (const o of [Reflect, Math, JSON]) for (const k of Object.getOwnPropertyNames(o)) try { o[k] = () => { throw new Error("asked " + k); }; } catch {}
    for (const k of ["keys", "defineProperty", "create", "freeze", "getOwnPropertyDescriptor", "is"]) Object[k] = () => { throw new Error("asked " + k); };`,
  "the globals themselves": `for (const k of ["Object", "Array", "Reflect", "Uint8Array", "Float64Array", "Set", "Symbol", "JSON", "Error", "TypeError", "Math", "String", "Number"]) globalThis[k] = undefined;`,
  "methods of functions": `Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw new Error("asked"); }; Object.defineProperty(Function.prototype, Symbol.hasInstance, { value() { throw 1; } });`,
};

for (const [name, patch] of Object.entries(PATCHES)) {
  test(`patched: ${name}`, async () => {
    const guest = await load(
      `import * as W from "kawait"; export async function main() { try { ${patch} } catch (e) {} ${MAIN} }`,
    );
    const thread = new ThreadByHand(guest);
    const steps = [thread.start(), thread.resume("x2", "two"), thread.resume("x1", { deep: ["one"] })];
    const last = advanced(steps[2]!);
    assert.deepEqual(
      [steps.map((step) => advanced(step).status), steps.map((step) => advanced(step).awaits.length)],
      [
        ["running", "running", "completed"],
        [3, 2, 0],
      ],
    );
    // The script's own JSON is gone in one case; the result is the runtime's business.
    assert.equal(last.result, '[2,{"deep":["one"]},[2,1],1,3,2]');
    guest.release();
  });
}
