/** What a workflow's globals do that Node's do not: refusals by name, the log of `console`, randomness from the seed alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import { ThreadByHand } from "../guest/harness.ts";
import { advanced, bothWays, load } from "../guest/script.ts";

const result = (value: { readonly result: string | null }): unknown => JSON.parse(value.result ?? "null");

test("what Node has and a workflow has not: absent to `typeof`, a named error to use", async () => {
  const [only] = await bothWays(
    `const attempt = async (f) => { try { return await f(); } catch (error) { return [error.code, error.message.split(" ")[0]]; } };
    export async function main() {
      return [
        typeof process, typeof ReadableStream, typeof MessageChannel, typeof process !== "undefined" && process.env.HOME,
        await attempt(() => process.env.HOME), await attempt(() => new ReadableStream()), await attempt(() => new Blob([]).stream()),
        await attempt(() => crypto.subtle.digest("SHA-256", new Uint8Array())), await attempt(() => fetch("https://example.com/x")),
        await attempt(() => new Response("x").body), typeof globalThis.process, process.env.NODE_ENV, typeof global, global === globalThis,
      ];
    }`,
    (thread) => [thread.start()],
  );
  assert.deepEqual(result(only!), [
    "undefined",
    "undefined",
    "undefined",
    false,
    ["UnsupportedAtRunTime", "`process`"],
    ["UnsupportedAtRunTime", "`ReadableStream`"],
    ["UnsupportedAtRunTime", "`stream()`:"],
    ["UnsupportedAtRunTime", "crypto.subtle.digest()"],
    ["FetchUnavailable", 'fetch("https://example.com/x"):'],
    ["UnsupportedAtRunTime", "`body`:"],
    "undefined",
    "production",
    "object",
    true,
  ]);
});

test("a script's own polyfill of what is absent is used", async () => {
  const [only] = await bothWays(
    `globalThis.WebSocket = { from: (text) => "own " + text }; export async function main() { return WebSocket.from("x"); }`,
    (thread) => [thread.start()],
  );
  assert.equal(result(only!), "own x");
});

test("a program has the modules of the globals that it names, and no others", async () => {
  const ids = async (text: string): Promise<string[]> =>
    (await compileSource(text, { filename: "main.js" })).program.tables.modules.map(({ id }) => id);
  assert.deepEqual(await ids("export const x = { URL: 1 }.URL; function f(atob) { return atob; }"), ["main.js"]);
  assert.deepEqual(await ids("export const x = typeof atob;"), [
    "kawait:web/interface.ts",
    "kawait:web/dom-exception.ts",
    "kawait:web/base64.ts",
    "main.js",
  ]);
  assert.ok((await ids("export const has = 'URL' in globalThis;")).includes("kawait:web/url.ts"));
  assert.ok(
    (await ids("export const make = () => new globalThis.TextEncoder();")).includes("kawait:web/text-encoder.ts"),
  );
});

test("bodies make blobs and forms where the program names the member, and refuse by name where only other code does", async () => {
  const ids = async (text: string): Promise<string[]> =>
    (await compileSource(text, { filename: "main.js" })).program.tables.modules.map(({ id }) => id);
  const files = async (text: string): Promise<boolean[]> => {
    const all = await ids(text);
    return ["blob.ts", "form-data.ts"].map((file) => all.includes(`kawait:web/${file}`));
  };
  assert.deepEqual(await files("export const get = async (url) => (await fetch(url)).text();"), [false, false]);
  assert.deepEqual(await files("export const get = async (url) => (await fetch(url)).blob();"), [true, false]);
  assert.deepEqual(await files("export const get = ({ formData }) => new Response().text();"), [true, true]);
  assert.deepEqual(await files("export const get = (x) => x.blob() + x.formData();"), [false, false]);
  const [only] = await bothWays(
    `const attempt = async (f) => { try { return await f(); } catch (error) { return [error.code, error.message]; } };
    export async function main() {
      const response = new Response("x");
      return [
        await attempt(() => response["bl" + "ob"]()), await attempt(() => response["form" + "Data"]()), await response.text(),
        await attempt(() => new Response((async function* () { yield new Uint8Array(1); })())),
      ];
    }`,
    (thread) => [thread.start()],
  );
  const streams = "A body that is a stream: there are none in a workflow; give its bytes.";
  assert.deepEqual(result(only!), [
    ["UnsupportedAtRunTime", "blob(): the program has no `Blob`; name it in the program's text."],
    ["UnsupportedAtRunTime", "formData(): the program has no `FormData`; name it in the program's text."],
    "x",
    ["UnsupportedAtRunTime", streams],
  ]);
});

test("a form's boundary comes from the step's seed, and a file's time is the step's", async () => {
  const guest = await load(
    `export async function main() { const form = new FormData(); form.append("a", new Blob(["x"])); return [new Response(form).headers.get("content-type"), form.get("a").lastModified]; }`,
  );
  const run = (seed: number): unknown[] => {
    const thread = new ThreadByHand(guest, `t${seed}`);
    thread.seed = new Uint8Array(16).fill(seed);
    return [...(result(advanced(thread.start())) as unknown[]), thread.timeMs];
  };
  const [first, again, other] = [run(1), run(1), run(2)];
  assert.deepEqual(first, again);
  assert.notEqual(first[0], other[0]);
  assert.match(first[0] as string, /^multipart\/form-data; boundary=----formdata-undici-0\d{11}$/);
  assert.equal(first[1], first[2]);
  guest.release();
});

test("console: levels, placeholders, groups, counters and timers that go on behind a suspension", async () => {
  const steps = await bothWays(
    `import { suspend } from "kawait";
    export async function main() {
      console.log("%s is %d and %j%%", "a", 4.5, { b: [1] }, "rest", { c: 1 });
      console.group("outer"); console.count(); console.time("t"); console.warn("two\\nlines");
      await suspend("go");
      console.count(); console.count("x"); console.groupEnd(); console.countReset(); console.count(); console.timeEnd("t"); console.timeEnd("t");
      console.table([{ a: 1, b: "x" }, { a: 2 }]); console.assert(1 > 2, "no %s", "way"); console.debug({ deep: new Map([[1, 2]]) });
      const { log } = console; log();
    }`,
    (thread) => {
      const first = thread.start();
      thread.timeMs += 1_500;
      return [first, thread.resume("go", null)];
    },
  );
  assert.deepEqual(
    steps.map(({ logs }) => logs.map(({ level, text }) => `${level} ${text}`)),
    [
      ['info a is 4.5 and {"b":[1]}% rest { c: 1 }', "info outer", "info   default: 1", "warn   two\n  lines"],
      [
        "info   default: 2",
        "info   x: 1",
        "info default: 1",
        "info t: 1.500s",
        "warn No such label 't' for console.time",
        "info ┌─────────┬───┬─────┐\n│ (index) │ a │ b   │\n├─────────┼───┼─────┤\n│ 0       │ 1 │ 'x' │\n│ 1       │ 2 │     │\n└─────────┴───┴─────┘",
        "warn Assertion failed: no way",
        "debug { deep: Map(1) { 1 => 2 } }",
        "info ",
      ],
    ],
  );
});

test("random values are the seed's: the same again, others with another seed, crypto apart from Math", async () => {
  const guest = await load(
    `export async function main() { const bytes = crypto.getRandomValues(new Uint8Array(100)); return [Math.random(), Math.random(), crypto.randomUUID(), [...bytes]]; }`,
  );
  const run = (seed: number): unknown => {
    const thread = new ThreadByHand(guest, `t${seed}`);
    thread.seed = new Uint8Array(16).fill(seed);
    return result(advanced(thread.start()));
  };
  const [first, again, other] = [run(1), run(1), run(2)] as [unknown[], unknown[], unknown[]];
  assert.deepEqual(first, again);
  for (let i = 0; i < first.length; i++) assert.notDeepEqual(first[i], other[i]);
  const bytes = first[3] as number[];
  assert.ok(new Set(bytes).size > 50, "bytes are spread");
  guest.release();
});

test("an uncaught error in a listener fails the thread, as one in a timer does", async () => {
  const [only] = await bothWays(
    `export async function main() { const target = new EventTarget(); target.addEventListener("x", () => { throw new RangeError("in the listener"); });
      target.dispatchEvent(new Event("x")); await new Promise((resolve) => setTimeout(resolve, 1e6)); }`,
    (thread) => [thread.start()],
  );
  assert.equal(only!.status, "failed");
  assert.match(only!.result!, /in the listener/);
});
