/** Cancelation: what throws where, in which order, and what stays untouched (CONTINUATIONS: cancelation). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bothWays, sent } from "./script.ts";

const PRELUDE = `import * as W from "kawait"; W.config.outputTopics.add("t"); const say = (...v) => W.output(v.map(String).join(" "), "t");
  const guard = async (name, p) => { try { say(name, "got", await p); } catch (e) { say(name, e instanceof W.CancelToken ? "cancelled" : "failed " + e); } finally { say(name, "end"); } };\n`;

/** What is said up to the suspension that follows. */
async function said(body: string): Promise<(string | null)[]> {
  const [only] = await bothWays(`${PRELUDE}export async function main() { ${body} await W.suspend("end"); }`, (t) => [
    t.start(),
  ]);
  return sent(only!, "t");
}

const CASES: Readonly<Record<string, readonly [body: string, expected: readonly string[]]>> = {
  "the bottom-most await throws": [
    `const inner = async () => { try { await W.suspend("x"); } catch (e) { say("inner", e.name); throw e; } };
     const outer = async () => { try { await inner(); } catch (e) { say("outer", e.name); return "clean"; } };
     const p = outer(); say(W.cancel(p)); say(await p);`,
    ["true", "inner CancelToken", "outer CancelToken", "clean"],
  ],
  "cleanup may await again, and a later cancel interrupts it": [
    `const f = async () => { try { await W.suspend("x"); } catch { try { await W.suspend("cleanup"); } catch (e) { say("again", e.name); } } return 1; };
     const p = f(); W.cancel(p); await null; await null; say(W.cancel(p)); say(await p);`,
    ["true", "again CancelToken", "1"],
  ],
  "other awaiters of the suspension are untouched": [
    `const s = W.suspend("x"); const a = guard("a", s), b = guard("b", s); W.cancel(a); await a; say("b waits"); W.cancel(s); await b;`,
    ["a cancelled", "a end", "b waits", "b cancelled", "b end"],
  ],
  "a suspension without a frame rejects": [
    `const s = W.suspend("x"); say(W.cancel(s), W.cancel(s)); try { await s; } catch (e) { say(e instanceof W.CancelToken); }`,
    ["true false", "true"],
  ],
  "a promise without a source rejects": [
    `let go; const p = new Promise((a) => { go = a; }); say(W.cancel(p)); go(1); await guard("p", p);`,
    ["true", "p cancelled", "p end"],
  ],
  "settled, running or no promise: nothing": [
    `let self; const f = async () => { await null; say("running", W.cancel(self)); }; self = f(); await self;
     say(W.cancel(self), W.cancel(Promise.resolve(1)), W.cancel(5), W.cancel({ then() {} }), W.cancel(null));`,
    ["running false", "false false false false false"],
  ],
  "an await of something settled throws instead of going on": [
    `const f = async () => { await null; say("not reached"); }; const p = f(); say(W.cancel(p)); await guard("p", p);`,
    ["true", "p cancelled", "p end"],
  ],
  "a then chain: the handler of the reaction runs": [
    `const s = W.suspend("x"); const p = s.then(() => say("no"), (e) => { say("handler", e.name); return "v"; }).then((v) => v + 1);
     say(W.cancel(p)); say(await p); say(W.cancel(s));`,
    ["true", "handler CancelToken", "v1", "true"],
  ],
  "finally of a chain runs": [
    `const p = W.suspend("x").finally(() => say("finally")); W.cancel(p); await guard("p", p);`,
    ["finally", "p cancelled", "p end"],
  ],
  "a promise that follows another descends into it": [
    `const f = async () => guard("in", W.suspend("x")); const p = new Promise((a) => a(f())); await null; await null; await null; say(W.cancel(p)); await p; say("done");`,
    ["true", "in cancelled", "in end", "done"],
  ],
  "all and any pass it on to their arguments, in order": [
    `const p = W.all([guard("a", W.suspend("x")), guard("b", W.suspend("y"))]); say(W.cancel(p)); await p; say("all done");
     const q = W.any([guard("c", W.suspend("x")), guard("d", W.suspend("y"))]); W.cancel(q); await q; await null; say("any done");`,
    [
      "true",
      "a cancelled",
      "a end",
      "b cancelled",
      "b end",
      "all done",
      "c cancelled",
      "c end",
      "d cancelled",
      "d end",
      "any done",
    ],
  ],
  "all and any do not cancel by themselves": [
    `const rest = guard("rest", W.suspend("x")); try { await W.all([Promise.reject(1), rest]); } catch (e) { say("all", e); }
     say(await W.any([Promise.resolve(2), rest]));`,
    ["all 1", "2"],
  ],
  "Promise.all cancels the others when one is rejected, before the waiter goes on": [
    `try { await Promise.all([guard("a", W.suspend("x")), (async () => { await null; throw "b"; })(), guard("c", W.suspend("y"))]); } catch (e) { say("caught", e); }`,
    ["a cancelled", "a end", "c cancelled", "c end", "caught b"],
  ],
  "Promise.race cancels the rest": [
    `say(await Promise.race([guard("a", W.suspend("x")), Promise.resolve("first"), W.suspend("y")]));`,
    ["a cancelled", "a end", "first"],
  ],
  "Promise.any cancels the rest; allSettled waits for all": [
    `say(await Promise.any([Promise.reject(1), guard("a", W.suspend("x")), Promise.resolve(2)]));
     say(JSON.stringify(await Promise.allSettled([1, Promise.reject(2)])));`,
    ["a cancelled", "a end", "2", '[{"status":"fulfilled","value":1},{"status":"rejected","reason":2}]'],
  ],
  "anyWithCancel and allWithCancel": [
    `say(await W.anyWithCancel([guard("a", W.suspend("x")), Promise.resolve(3)]));
     try { await W.allWithCancel([guard("b", W.suspend("x")), Promise.reject(4)]); } catch (e) { say("caught", e); }`,
    ["a cancelled", "a end", "3", "b cancelled", "b end", "caught 4"],
  ],
  "a combinator that is reached by name is the standard's": [
    `const P = Promise; const a = guard("a", W.suspend("x")); say(await P.race([a, Promise.resolve(1)])); await null; await null; say("a waits");`,
    ["1", "a waits"],
  ],
  "a generator's request": [
    `async function* g() { try { yield 1; await W.suspend("x"); } catch (e) { say(e.name); yield "cleaned"; } } const i = g(); await i.next(); const p = i.next(); await null; say(W.cancel(p)); say((await p).value);`,
    ["true", "CancelToken", "cleaned"],
  ],
  "frames that wait for each other have no bottom": [
    `let a, b; const f = async () => { await null; await b; }; const g = async () => { await null; await a; }; a = f(); b = g(); await null; await null; say(W.cancel(a));`,
    ["false"],
  ],
  "an unhandled CancelToken does not fail the thread": [
    `const f = async () => { await W.suspend("x"); }; W.cancel(f()); await null; await null; say("fine");`,
    ["fine"],
  ],
  "a detached suspension comes back when it is awaited again": [
    `const s = W.suspend("x"); const f = async () => { for (let i = 0; ; i++) try { return await s; } catch (e) { say("again", i); } };
     const p = f(); W.cancel(p); await null; await null; W.cancel(p); await null; await null; say("still there");`,
    ["again 0", "again 1", "still there"],
  ],
};

for (const [name, [body, expected]] of Object.entries(CASES)) {
  test(`cancel: ${name}`, async () => {
    assert.deepEqual(await said(body), expected);
  });
}

test("a wait that was cancelled holds nothing; one that came back is resumed", async () => {
  const source = `${PRELUDE}export async function main() {
    const gone = async () => { await W.suspend("gone"); }; const p = gone(); p.catch(() => {}); W.cancel(p);
    const s = W.suspend("back"); const keep = async () => { for (;;) try { return await s; } catch {} }; const q = keep(); W.cancel(q); return q; }`;
  const steps = await bothWays(source, (t) => [t.start(), t.resume("back", 7)]);
  assert.deepEqual(
    steps[0]!.awaits.map(({ ref }) => ref),
    ["back"],
  );
  assert.equal(steps[1]!.result, "7");
});

test("a cancel request from outside cancels main, whose cleanup runs", async () => {
  const source = `${PRELUDE}export async function main() { try { await W.suspend("x"); } finally { say("undo"); await W.suspend("undone"); say("undone"); } }`;
  const steps = await bothWays(source, (t) => [t.start(), t.cancel("the customer left"), t.resume("undone", 0)]);
  assert.deepEqual(
    steps.map(({ status }) => status),
    ["running", "running", "cancelled"],
  );
  assert.deepEqual(
    steps.flatMap((step) => sent(step, "t")),
    ["undo", "undone"],
  );
  assert.equal(steps[2]!.result, '"CancelToken: the customer left"');
});
