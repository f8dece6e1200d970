/** A write that shared mode refuses counts however its error is swallowed: the thread goes on alone, with the right result. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadByHand } from "./harness.ts";
import { advanced, load } from "./script.ts";

/** Bodies of `change`, which gives what `table.n` is afterwards: 2. */
const swallowed: Readonly<Record<string, string>> = {
  return: "try { table.n = 2; } finally { return table.n; }",
  break: "for (;;) { try { table.n = 2; } finally { break; } } return table.n;",
  continue: "for (let i = 0; i < 1; i++) { try { table.n = 2; } finally { continue; } } return table.n;",
  "an error of its own":
    "try { (() => { try { table.n = 2; } finally { throw new Error('own'); } })(); } catch (error) { if (error.message !== 'own') throw error; } return table.n;",
  "an error in catch": "try { throw 1; } catch { table.n = 2; } finally { return table.n; }",
  "in a generator":
    "const list = (function* () { try { table.n = 2; } finally { return table.n; } })(); return list.next().value;",
  "an error of a disposal":
    "try { using held = { [Symbol.dispose]() { throw 1; } }; table.n = 2; } catch (error) {} return table.n;",
  "the closing of an iterator":
    "const it = { [Symbol.iterator]: () => it, next: () => ({ done: false }), return() { table.n = 2; } }; const list = (function* () { for (const each of it as any) { yield each; throw 1; } })(); list.next(); try { list.next(); } catch {} return table.n;",
  "the closing of an iterator by syntax of the engine's":
    "const it: any = { [Symbol.iterator]: () => it, next: () => ({ done: false }), return() { table.n = 2; } }; try { for (const each of it) throw 1; } catch {} return table.n;",
  "the closing by an arrow function":
    "const it: any = { [Symbol.iterator]: () => it, next: () => ({ done: false }), 'return': () => (table.n = 2) }; try { const [a = (() => { throw 1; })()] = it; } catch {} return table.n;",
  "the closing by a getter of a class, for a builtin":
    "class It { [Symbol.iterator]() { return this; } next() { return { done: false, value: 1 }; } get return() { table.n = 2; return undefined; } } try { new Map(new It() as any); } catch {} return table.n;",
  "the closing by a function that was assigned":
    "const it: any = { [Symbol.iterator]: () => it, next: () => ({ done: false }) }; it.return = function () { const two = 2; table.n = two; }; try { for (const each of it) throw 1; } catch {} return table.n;",
  "the closing of a generator":
    "function* g() { try { yield 1; } finally { table.n = 2; } } try { for (const each of g()) throw 1; } catch {} return table.n;",
  "an executor that has resolved": "new Promise<void>((resolve) => { resolve(); table.n = 2; }); return table.n;",
  "a thenable that has resolved":
    "return (async () => { await Promise.resolve({ then(resolve: () => void) { resolve(); table.n = 2; } }); return table.n; })();",
  "around a suspension":
    "const list = (function* () { try { yield; table.n = 2; } finally { return table.n; } })(); list.next(); return list.next().value;",
};

for (const [way, body] of Object.entries(swallowed)) {
  test(`swallowed: ${way}`, async () => {
    const source = `const table = { n: 1 }; function change(): any { ${body} }
      export async function main() { return change(); }`;
    const shared = await load(source);
    const thread = new ThreadByHand(shared);
    thread.isPrivate = false;
    const first = advanced(thread.start());
    assert.deepEqual([first.isPrivate, first.status], [true, "running"], "the step is thrown away");
    shared.release();
    const alone = await load(source, true);
    const second = advanced(new ThreadByHand(alone).start());
    assert.deepEqual([second.status, second.result], ["completed", "2"]);
    alone.release();
  });
}

test("errors that hold one another in a circle end somewhere", async () => {
  const guest =
    await load(`function change() { const error: any = new Error("x"); error.suppressed = error; error.error = error; throw error; }
    export async function main() { try { change(); } catch { return 1; } }`);
  const thread = new ThreadByHand(guest);
  thread.isPrivate = false;
  assert.equal(advanced(thread.start()).isPrivate, true);
  guest.release();
});

test("finally that swallows nothing keeps a thread where it is", async () => {
  const guest = await load(`let n = 0; function change() { try { throw new Error("x"); } finally { return ++n; } }
    export async function main() { return change(); }`);
  const thread = new ThreadByHand(guest);
  thread.isPrivate = false;
  const { isPrivate, result } = advanced(thread.start());
  assert.deepEqual([isPrivate, result], [false, "1"]);
  guest.release();
});
