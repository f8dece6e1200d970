import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadByHand } from "./harness.ts";
import { advanced, bothWays, load, sent } from "./script.ts";

const W = `import * as W from "kawait"; W.config.outputTopics.add("t"); const say = (v) => W.outputJSON(v, "t");\n`;

test("a thread starts, suspends, resumes and completes", async () => {
  const [first, second] = await bothWays(
    `${W}export async function main(arg) { const s = W.suspend(); W.output(s.id, "t", "k"); const v = await s; return { arg, v }; }`,
    (thread) => [thread.start({ a: 1 }), thread.resume("0:1", [1, "ü", null])],
  );
  assert.equal(first!.status, "running");
  assert.deepEqual(first!.outputs, [{ topic: "t", key: "k", value: "0:1" }]);
  assert.deepEqual(
    first!.awaits.map((entry) => entry.ref),
    ["0:1"],
  );
  assert.equal(first!.canResume, true);
  assert.equal(second!.status, "completed");
  assert.equal(second!.result, '{"arg":{"a":1},"v":[1,"ü",null]}');
  assert.equal(second!.resultTopic, "workflow-result");
  assert.equal(second!.heap.length, 0);
});

test("no argument is undefined; a default export is main; undefined results are null", async () => {
  const [only] = await bothWays(
    `export default async function (arg) { if (arg !== undefined || arguments.length !== 0) throw 1; }`,
    (thread) => [thread.start()],
  );
  assert.equal(only!.status, "completed");
  assert.equal(only!.result, "null");
});

test("errors go to the error topic as JSON of their text; topics can be switched off", async () => {
  const [failed] = await bothWays(`export async function main() { throw new TypeError("no"); }`, (t) => [t.start()]);
  assert.deepEqual(
    [failed!.status, failed!.result, failed!.resultTopic, failed!.stack],
    ["failed", '"TypeError: no"', "workflow-error", "TypeError: no"],
  );
  const [off] = await bothWays(
    `import * as W from "kawait"; W.config.resultTopic = null; export async function main() { return 1; }`,
    (t) => [t.start()],
  );
  assert.equal(off!.resultTopic, null);
});

test("a rejected suspension throws, also when the error is falsy", async () => {
  const source = `${W}export async function main() { try { await W.suspend("a"); } catch (e) { return { e }; } }`;
  const [, second] = await bothWays(source, (thread) => [thread.start(), thread.reject("a", false)]);
  assert.equal(second!.result, '{"e":false}');
});

test("several waits on one name are served first come, first served", async () => {
  const source = `${W}
    async function wait(n) { say([n, await W.suspend("x")]); }
    export async function main() { await Promise.all([wait(1), wait(2), wait(3)]); }`;
  const steps = await bothWays(source, (t) => [t.start(), t.resume("x", "a"), t.resume("x", "b"), t.resume("x", "c")]);
  assert.deepEqual(
    steps.flatMap((step) => sent(step, "t")),
    ['[1,"a"]', '[2,"b"]', '[3,"c"]'],
  );
  assert.equal(steps[3]!.status, "completed");
});

test("early records wait in the mailbox and are taken in order, one per drained queue", async () => {
  const source = `${W}export async function main() {
    await W.suspend("go"); const a = await W.suspend("m"); const b = await W.suspend("m"); const n = await W.suspend("n");
    return [a, b, n]; }`;
  const [, second] = await bothWays(source, (thread) => {
    const first = thread.start();
    thread.mailbox = [
      { ref: "n", text: '{"ref":"n","value":"N"}' },
      { ref: "m", text: '{"ref":"m","value":1}' },
      { ref: "z", text: '{"ref":"z"}' },
      { ref: "m", text: '{"ref":"m","value":2}' },
    ];
    return [first, thread.resume("go", 0)];
  });
  assert.equal(second!.result, '[1,2,"N"]');
  assert.deepEqual(second!.consumedMailbox, [1, 3, 0]);
});

test("nothing left to resume: canResume is false", async () => {
  const [only] = await bothWays(`export async function main() { await new Promise(() => {}); }`, (t) => [t.start()]);
  assert.equal(only!.status, "running");
  assert.equal(only!.canResume, false);
});

test("an unhandled rejection fails the thread, or warns", async () => {
  const body = `export async function main() { Promise.reject(new Error("lost")); await W.suspend("x"); }`;
  const [failed] = await bothWays(`${W}${body}`, (t) => [t.start()]);
  assert.deepEqual([failed!.status, failed!.result], ["failed", '"Error: lost"']);
  const [warned] = await bothWays(`${W}W.config.unhandledRejections = "warn";${body}`, (t) => [t.start()]);
  assert.equal(warned!.status, "running");
  assert.match(warned!.logs[0]!.text, /lost/);
  const late = `export async function main() { const p = Promise.reject(1); await null; p.catch(() => {}); await W.suspend("x"); }`;
  const [handled] = await bothWays(`${W}${late}`, (t) => [t.start()]);
  assert.equal(handled!.status, "running");
});

test("when main settles, other frames are cancelled and their cleanup runs", async () => {
  const source = `${W}
    async function other(n) { try { await W.suspend("never" + n); } catch (e) { say([n, e instanceof W.CancelToken]); await W.suspend("again"); say("not"); } finally { say("fin" + n); } }
    export async function main() { other(1); other(2); await W.suspend("x"); return "done"; }`;
  const [, second] = await bothWays(source, (t) => [t.start(), t.resume("x", 0)]);
  assert.equal(second!.status, "completed");
  assert.deepEqual(sent(second!, "t"), ["[1,true]", "[2,true]"]);
  assert.match(second!.logs.map((line) => line.text).join("\n"), /never1.*main\.ts#other/);
});

test("ids, step and thread belong to the step; names of the engine's form are refused", async () => {
  const source = `${W}export async function main() {
    say([W.threadId, W.stepId, W.suspend().id, W.suspend("n").id, W.suspend().id]);
    await W.suspend("x"); say([W.stepId, W.suspend().id]);
    try { W.suspend("12:3"); } catch (e) { return [e.name, e.code]; } }`;
  const [first, second] = await bothWays(source, (t) => [
    t.start(),
    t.send({ kind: "resume", ref: "x", text: "{}" }, 41),
  ]);
  assert.deepEqual(sent(first!, "t"), ['["t1",0,"0:1","n","0:2"]']);
  assert.deepEqual(sent(second!, "t"), ['[41,"41:1"]']);
  assert.equal(second!.result, '["ReservedSuspensionId","ReservedSuspensionId"]');
});

test("a suspension keeps its id when it is resumed or cancelled", async () => {
  const source = `${W}export async function main() { const s = W.suspend(); const t = W.suspend("t"); await s; W.cancel(t); await W.suspend("y");
    return [s.id, t.id, s instanceof W.Suspend, s instanceof Promise, await s, await t.catch((e) => e.name)]; }`;
  const steps = await bothWays(source, (t) => [t.start(), t.resume("0:1", 5), t.resume("y", 0)]);
  assert.equal(steps[2]!.result, '["0:1","t",true,true,5,"CancelToken"]');
});

test("topics must be declared, and engine topics are refused", async () => {
  const source = `${W}W.config.outputTopics.add("workflow-status").add("x-workflow-changelog");
    export async function main() { const codes = [];
      for (const topic of ["u", "workflow-status", "x-workflow-changelog", "__consumer_offsets"]) try { W.output("", topic); } catch (e) { codes.push(e.code); }
      for (const value of [1, {}, undefined]) try { W.output(value, "t"); } catch (e) { codes.push(e.name); }
      W.config.outputTopics.add("u"); W.output(null, "u");
      await W.suspend("x"); W.output("still", "u");
      return codes; }`;
  const [first, second] = await bothWays(source, (t) => [t.start(), t.resume("x", 0)]);
  assert.deepEqual(first!.outputs, [{ topic: "u", key: "t1", value: null }]);
  assert.deepEqual(second!.outputs, [{ topic: "u", key: "t1", value: "still" }]);
  assert.equal(
    second!.result,
    '["UndeclaredTopic","ReservedTopic","ReservedTopic","ReservedTopic","TypeError","TypeError","TypeError"]',
  );
});

test("a change of one thread's config is not seen by another", async () => {
  const guest = await load(`${W}export async function main(add) { if (add) W.config.outputTopics.add("u");
    try { W.output("", "u"); return "ok"; } catch (e) { return e.code; } }`);
  assert.equal(advanced(new ThreadByHand(guest, "a").start(true)).result, '"ok"');
  assert.equal(advanced(new ThreadByHand(guest, "b").start(false)).result, '"UndeclaredTopic"');
  guest.release();
});

test("the module load has no thread", async () => {
  const guest = await load(`import * as W from "kawait"; const codes = [];
    for (const f of [() => W.threadId, () => W.suspend(), () => W.output("", "t"), () => setTimeout(() => {}, 5)]) try { f(); } catch (e) { codes.push(e.code); }
    codes.push(Date.now(), new Date().getTime());
    export async function main() { return codes; }`);
  const code = '"NoThreadAtModuleLoad"';
  assert.equal(advanced(new ThreadByHand(guest).start()).result, `[${code},${code},${code},${code},0,0]`);
  guest.release();
});

test("time is the step's, random numbers are the seed's", async () => {
  const source = `export async function main() { return [Date.now(), new Date().toISOString(), typeof Date(), new Date(5).getTime(), Math.random(), Math.random(), Date.length, Date.name, new Date() instanceof Date]; }`;
  const run = async (seed: number) => {
    const guest = await load(source);
    const thread = new ThreadByHand(guest);
    thread.timeMs = 1_700_000_000_123;
    thread.seed = new Uint8Array(16).fill(seed);
    const result = JSON.parse(advanced(thread.start()).result!) as unknown[];
    guest.release();
    return result;
  };
  const [a, again, b] = [await run(1), await run(1), await run(2)];
  assert.deepEqual(a, again);
  assert.deepEqual(a.slice(0, 4), [1_700_000_000_123, "2023-11-14T22:13:20.123Z", "string", 5]);
  assert.deepEqual(a.slice(6), [7, "Date", true]);
  assert.notDeepEqual(a.slice(4, 6), b.slice(4, 6));
  assert.ok((a[4] as number) >= 0 && (a[4] as number) < 1 && a[4] !== a[5]);
});

test("Intl formats the step's time when it is given no date", async () => {
  const [only] = await bothWays(
    `export async function main() { const f = new Intl.DateTimeFormat("en", { timeZone: "UTC", dateStyle: "short", timeStyle: "medium" });
      const { format } = f; const c = ["b", "a"].sort(new Intl.Collator("de").compare); return [f.format(), format(0) === f.format(0), f.formatToParts().length > 3, f.format === f.format, new Intl.NumberFormat("en").format(1234.5), c]; }`,
    (t) => {
      t.timeMs = 86_400_000;
      return [t.start()];
    },
  );
  assert.match(only!.result!, /^\["1\/2\/70, 12:00:00.AM",true,true,true,"1,234\.5",\["a","b"\]\]$/);
});

test("timers are scheduler records; short ones run within the step", async () => {
  const source = `${W}const sleep = (ms, ...args) => new Promise((go) => setTimeout(go, ms, ...args));
    export async function main() {
      setTimeout(() => say("macro"), 0); queueMicrotask(() => say("micro")); say(await sleep(1, "one"));
      const off = setTimeout(() => say("never"), 500); clearTimeout(off);
      let n = 0; const every = setInterval(() => { say("tick" + ++n); if (n === 2) clearInterval(every); }, 100);
      say(await sleep(2000, "two")); return n; }`;
  const steps = await bothWays(source, (t) => {
    const first = t.start();
    return [first, t.resume("0:2", 0), t.resume("1:1", 0), t.resume("0:3", 0)];
  });
  assert.deepEqual(sent(steps[0]!, "t"), ['"micro"', '"macro"', '"one"']);
  const scheduled = steps[0]!.outputs.filter((record) => record.topic === "workflow-scheduler");
  assert.deepEqual(
    scheduled.map(({ key, value }) => [key, value]),
    [
      ['t1|{"ref":"0:1"}', "500"],
      ['t1|{"ref":"0:1"}', null],
      ['t1|{"ref":"0:2"}', "100"],
      ['t1|{"ref":"0:3"}', "2000"],
    ],
  );
  assert.deepEqual(sent(steps[1]!, "t"), ['"tick1"']);
  assert.deepEqual(sent(steps[1]!, "workflow-scheduler"), ["100"]);
  assert.deepEqual(sent(steps[2]!, "t"), ['"tick2"']);
  assert.deepEqual(steps[3]!.result, "2");
});

test("an error that a timer's callback throws fails the thread", async () => {
  const [only] = await bothWays(
    `${W}export async function main() { setTimeout(() => { throw new Error("boom"); }, 0); await W.suspend(); }`,
    (t) => [t.start()],
  );
  assert.deepEqual([only!.status, only!.result], ["failed", '"Error: boom"']);
});

test("console lines are logs of the step", async () => {
  const [only] = await bothWays(
    `export async function main() { console.log("a", 1, { b: [2, "x"], get c() { throw 1; } }, new Map([[1, new Set([null])]]));
      console.warn(new Date(0), [, 1], -0, 5n, Symbol("s"), () => {}, class K {}); console.error(Promise.resolve(3)); const o = {}; o.o = o; console.debug(o); }`,
    (t) => [t.start()],
  );
  assert.deepEqual(only!.logs, [
    { level: "info", text: 'a 1 { b: [ 2, "x" ], c: [Getter] } Map(1) { 1 => Set(1) { null } }' },
    { level: "warn", text: "1970-01-01T00:00:00.000Z [ <empty>, 1 ] -0 5n Symbol(s) [Function (anonymous)] [class K]" },
    { level: "error", text: "Promise { 3 }" },
    { level: "debug", text: "{ o: [Circular] }" },
  ]);
});

test("a thread that cannot be saved faults with the path", async () => {
  const guest = await load(
    `import * as W from "kawait"; export async function main() { const it = [1, 2].values(); it.next(); const key = Symbol.iterator; const bad = it[key] && [1][key](); await W.suspend(); return [it, bad]; }`,
  );
  const result = new ThreadByHand(guest).start();
  assert.equal(result.kind, "faulted");
  assert.equal(result.kind === "faulted" && result.code, "UnserializableValue");
  assert.match(result.kind === "faulted" ? result.message : "", /^main › frame main › local bad: /);
  guest.release();
});

test("threads of one context keep their own module state", async () => {
  const guest = await load(`import * as W from "kawait"; let n = 0; const list = [];
    export async function main(name) { n++; await W.suspend("x"); return [name, ++n]; }`);
  const [a, b] = [new ThreadByHand(guest, "a"), new ThreadByHand(guest, "b")];
  a.start("a");
  b.start("b");
  assert.equal(advanced(b.resume("x", 0)).result, '["b",2]');
  assert.equal(advanced(a.resume("x", 0)).result, '["a",2]');
  guest.release();
});
