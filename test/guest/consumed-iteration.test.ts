/** Iterators that are used up where they are asked for: the same as natively, whatever a script has changed, and saved where it suspends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import type { StepResult } from "#protocol";
import { Guest, ThreadByHand } from "./harness.ts";
import { advanced } from "./script.ts";

/** Each is the body of a function that is given `pause`, and undoes what it patches. */
const CASES: Readonly<Record<string, string>> = {
  "loops over each kind": `const out = []; const map = new Map([["a", 1], ["b", 2]]), set = new Set([3, 4]), list = [5, , 7], bytes = new Uint8Array([8, 9]);
    for (const [i, x] of list.entries()) out.push(i, x); for (const k of list.keys()) out.push(k); for (const x of list.values()) out.push(x);
    for (const [k, v] of map.entries()) out.push(k, v); for (const k of map.keys()) out.push(k); for (const v of map.values()) out.push(v);
    for (const pair of set.entries()) out.push(pair); for (const k of set.keys()) out.push(k); for (const v of set.values()) out.push(v);
    for (const [i, x] of bytes.entries()) out.push(i, x); for (const x of bytes.values()) out.push(x); for (const i of bytes.keys()) out.push(i); return out;`,
  "spreads and patterns": `const map = new Map([["a", 1], ["b", 2]]); const [k, ...rest] = map.entries(); const [i, j = 9] = [5].keys(); const [x, y = 8] = [5].values(); let [[n, v]] = ["z"].entries();
    return [[...map.values(), ...[1, 2].keys()], Math.max(...map.values()), new Array(...["p", "q"].entries()), k, rest, i, j, x, y, n, v, [...new Set("aab").entries()]];`,
  "what changes on the way": `const out = []; const map = new Map([[1, 1]]), set = new Set([1]), list = [1, 2, 3], short = [1, 2, 3, 4];
    for (const k of map.keys()) { out.push(k); if (k < 4) map.set(k + 1, 0); map.delete(k); } for (const v of set.values()) { set.delete(v); if (v < 3) set.add(v + 1); out.push(v); }
    for (const [i, x] of list.entries()) { if (i < 2) list.push(x * 10); out.push(x); } for (const x of short.values()) { short.pop(); out.push(x); } for (const i of short.keys()) { short.length = 0; out.push(i); } return out;`,
  "leaving early": `const out = []; const list = [1, 2, 3]; outer: for (const [i] of list.entries()) { for (const x of list.values()) { if (x === 2) continue outer; if (i === 1) break outer; out.push(i, x); } }
    const find = (m) => { for (const [k, v] of m.entries()) if (v === 2) return k; }; try { for (const [{ deep }] of [[1]].entries()) out.push(deep); for (const [, { deep: { er } }] of [{}].entries()) out.push(er); } catch (e) { out.push(e.name); } return [out, find(new Map([[1, 2]]))];`,
  "methods of one's own": `class Tree { *values() { yield 1; yield 2; } keys() { return [3]; } get entries() { out.push("get"); return () => new Set([4]); } } const out = []; const tree = new Tree();
    for (const x of tree.values()) out.push(x); for (const x of tree.keys()) out.push(x); for (const x of tree.entries()) out.push(x);
    class Odd extends Array { *[Symbol.iterator]() { yield "odd"; } } const odd = Odd.of(1, 2); for (const x of odd.values()) out.push(x); out.push(...odd.values()); const own = [1]; own[Symbol.iterator] = function* () { yield "own"; }; out.push(...own.values()); for (const x of own.values()) out.push(x);
    class Sub extends Map { values() { return super.keys(); } } out.push(...new Sub([["k", "v"]]).values()); return out;`,
  "a proxy is asked for the same": `const out = []; const seen = new Proxy([1, 2], { get(t, k) { out.push(String(k)); return t[k]; } }); for (const x of seen.values()) out.push(x); for (const [i] of seen.entries()) out.push(i); for (const i of seen.keys()) out.push(i); return out;`,
  "a getter among the elements": `const out = []; const list = [1, 2]; Object.defineProperty(list, 1, { get() { return out.length; } }); for (const x of list.values()) out.push(x); for (const [, x] of list.entries()) out.push(x); return out;`,
  "what is no such function": `const out = []; const tell = (f) => { try { f(); } catch (e) { out.push(e.name + ": " + e.message); } }; const legs = { of: {} }; let none;
    tell(() => { for (const x of legs.values()); }); tell(() => { for (const x of legs.of.keys()); }); tell(() => [...legs.entries()]); tell(() => { const [a] = none.values(); }); tell(() => { for (const x of null.keys()); });
    tell(() => { for (const x of Object.create({ values: Map.prototype.values }).values()); }); const odd = { values: () => 5, keys: () => ({}), entries: () => 'ab' }; tell(() => { for (const x of odd.values()); }); tell(() => { for (const x of odd.keys()); }); for (const x of odd.entries()) out.push(x); return out;`,
  "a prototype that was changed": `const out = []; const proto = Object.getPrototypeOf([].values()), ofMaps = Object.getPrototypeOf(new Map().keys()); const { next } = proto, { next: nextOfMaps } = ofMaps; const map = new Map([[1, 2]]);
    proto.next = function () { const r = next.call(this); return r.done ? r : { value: ["patched", r.value], done: false }; }; for (const i of [7].keys()) out.push(i); for (const pair of [7].entries()) out.push(pair); out.push(...map.values()); proto.next = next;
    ofMaps.next = () => ({ done: true }); out.push(...map.values(), "none"); ofMaps.next = nextOfMaps; proto.return = () => { out.push("closed"); return {}; }; for (const i of [1].keys()) break; delete proto.return;
    const { values } = Map.prototype; Map.prototype.values = () => ["mine"]; for (const v of map.values()) out.push(v); Map.prototype.values = values; for (const v of map.values()) out.push(v); return out;`,
  "a getter called return": `const out = []; const hold = (v) => { out.push(typeof v); }; for (const i of [1, 2].keys()) { Object.defineProperty(Object.prototype, "return", { configurable: true, get() { if (this !== Object.prototype && !Array.isArray(this) && "list" in this) hold(this); } }); break; } delete Object.prototype.return; return out;`,
  "a suspension in the middle": `const out = []; const map = new Map([["a", 1], ["b", 2]]), list = [1, 2]; for (const [k, v] of map.entries()) { await pause(); out.push(k, v); map.delete("b"); } for (const [i, x] of list.entries()) { await pause(); out.push(i, x); }
    function* each() { for (const v of list.values()) yield v; return "end"; } const it = each(); out.push(it.next().value); await pause(); list.push(3); out.push(...it); for (const x of (await list).keys()) out.push(x);
    async function* later() { for (const v of list.values()) return v; } const made = later().next(); await pause(); out.push((await made).value); const [p = await list[0]] = [].values(); out.push(p, ...[await 5, ...list.keys()]); return out;`,
};

const SOURCE = `const cases = { ${Object.entries(CASES).map(([name, body]) => `${JSON.stringify(name)}: async (pause) => { ${body} }`)} };
  async function run(pause) {
    const results = [];
    for (const name of Object.keys(cases)) { results.push([name, await cases[name](pause)]); await pause(); }
    return results;
  }`;

test("iterators that are used up where they are asked for are as the engine's", async () => {
  const native = JSON.parse(
    JSON.stringify(await new Function(`"use strict"; ${SOURCE} return run(async () => undefined);`)()),
  ) as unknown;
  const { program } = await compileSource(
    `import { suspend } from "kawait"; ${SOURCE} export const main = () => run(() => suspend("x"));`,
    { filename: "main.js", needsMain: true },
  );
  assert.match(program.code, /\$k\.walk\.entries\(/);
  for (const decodes of [false, true]) {
    const guest = new Guest();
    guest.load(program.code, program.tables, true);
    const thread = new ThreadByHand(guest);
    thread.decodes = decodes;
    let step: StepResult = thread.start();
    while (advanced(step).status === "running") step = thread.resume("x", 0);
    assert.deepEqual(JSON.parse(advanced(step).result!), native);
    guest.release();
  }
});
