/** The command line against a real `kawait dev`: what it prints, as text and JSON, and its exit codes. */
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type CliProcess, runCli, startCli } from "./cli-process.ts";

const workflows = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "workflows");

interface Dev {
  readonly folder: string;
  readonly process: CliProcess;
  /** Runs a client command against it. */
  run(...args: string[]): ReturnType<typeof runCli>;
  json(...args: string[]): Promise<unknown>;
}

async function dev(context: TestContext): Promise<Dev> {
  const folder = await mkdtemp(join(tmpdir(), "kawait-cli-"));
  await cp(join(workflows, "greeting.ts"), join(folder, "greeting.ts"));
  const process = startCli(["dev", folder, "--data", join(folder, ".kawait"), "--port", "0"]);
  context.after(async () => {
    await process.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });
  const { url } = await process.line("listening");
  const run = (...args: string[]): ReturnType<typeof runCli> => runCli([...args, "--url", String(url)]);
  const json = async (...args: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await run(...args, "--json");
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  return { folder, process, run, json };
}

async function until<T>(read: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  const giveUp = Date.now() + 120_000;
  for (;;) {
    const value = await read();
    if (fits(value)) return value;
    if (Date.now() > giveUp) throw new Error(`still ${JSON.stringify(value)}`);
  }
}

interface View {
  readonly status: string;
  readonly programHash: string;
  readonly awaits: readonly { readonly ref: string; readonly position: string | null }[];
  readonly frames: readonly { readonly function: string; readonly locals: Readonly<Record<string, string>> }[];
}

test("a thread's life from the command line", async (context) => {
  const { run, json } = await dev(context);
  assert.equal((await run("start", "greeting", '"Ada"', "--id", "hello")).stdout, "hello\n");
  const view = await until(
    () => json("show", "hello").catch(() => undefined) as Promise<View | undefined>,
    (each) => each?.awaits.length === 1,
  );
  assert.equal(view?.status, "running");
  assert.deepEqual(
    view?.awaits.map(({ ref }) => ref),
    ["answer"],
  );
  assert.match(view?.awaits[0]?.position ?? "", /^greeting\.ts:8:/);
  assert.deepEqual(
    view?.frames.map((frame) => [frame.function, frame.locals]),
    [["greeting.ts#main", { name: '"Ada"' }]],
  );
  assert.match((await run("show", "hello")).stdout, /name = "Ada"/);
  assert.equal((await run("send", "hello", '{"ref":"answer","value":"Hi!"}')).code, 0);
  const list = await until(
    () => json("list") as Promise<readonly { threadId: string; status: string }[]>,
    (threads) => threads[0]?.status === "completed",
  );
  assert.deepEqual(
    list.map(({ threadId }) => threadId),
    ["hello"],
  );
  assert.match((await run("list")).stdout, /^THREAD +WORKFLOW +STATUS/);
  assert.deepEqual(await json("list", "--status", "faulted"), []);
});

test("wrong use and failures: exit codes and one clear line", async (context) => {
  const { run } = await dev(context);
  const cases: readonly [number, RegExp, ...string[]][] = [
    [1, /There is no thread "nobody"/, "show", "nobody"],
    [1, /is not JSON/, "start", "greeting", "{oops"],
    [1, /The thread is not started: no workflow "greting" is deployed; there are: greeting\./, "start", "greting"],
    [1, /cannot be sent/, "send", "hello", "{oops"],
    [2, /unknown option/, "list", "--nonsense"],
    [2, /missing required argument/, "send"],
    [2, /there is no limit "stepms"; there are stepMs/, "deploy", "greeting.ts", "--limits", "stepms=5"],
    [2, /"stepMs" is not name=number/, "engine", "--limit-ceilings", "stepMs"],
    [2, /Allowed choices/, "start", "greeting", "--on-conflict", "maybe"],
  ];
  for (const [code, message, ...args] of cases) {
    const result = await run(...args);
    assert.equal(result.code, code, `${args.join(" ")}: ${result.stderr}`);
    assert.match(result.stderr, message);
  }
  assert.equal((await run("dead-letters", "list", "--json")).stdout.trim(), "[]", "nothing was written");
  assert.equal((await runCli(["list", "--url", "http://127.0.0.1:1"])).code, 1);
  assert.equal((await runCli(["--help"])).code, 0);
  assert.match((await runCli(["start", "--help"])).stdout, /--on-conflict/);
});

const UNLOADABLE = `const planes = new Map<string, { seats: number }>();
export const { seats } = planes.get("jet")!;
export function main() {}
`;

test("what does not load is not deployed, and what is passed over is told of", async (context) => {
  const { folder, process, run } = await dev(context);
  const file = join(folder, "plane.ts");
  await writeFile(join(folder, "card.tsx"), "export const card = <b />;");
  await writeFile(file, UNLOADABLE);
  const told = (kind: string, end: string) =>
    process.first((line) => line.kind === kind && String(line.file).endsWith(end));
  assert.match(String((await told("skipped", "card.tsx")).message), /^card\.tsx is skipped: JSX is off in workflows\./);
  const refusal =
    /The workflow "plane" is not deployed: its modules cannot be loaded \[ProgramLoadFailed\]\.\nplane\.ts:2:16: TypeError: Cannot destructure property 'seats' of '.*' as it is undefined\.\n {2}1 \| const planes.*\n> 2 \| export/;
  assert.match(String((await told("deployFailed", "plane.ts")).message), refusal);
  const { code, stderr } = await run("deploy", file, "--json");
  assert.equal(code, 1);
  const answer = JSON.parse(stderr) as { error: string; code: string };
  assert.match(answer.error, refusal);
  assert.equal(answer.code, "ProgramLoadFailed");
  const { url } = await process.line("listening");
  const programs = (await (await fetch(`${url}/programs`)).json()) as { workflow: string }[];
  assert.deepEqual(
    programs.map(({ workflow }) => workflow),
    ["greeting"],
  );
});

const HOLDING = `import { suspend } from "kawait";
export const queue = new Map([["first", 1]]);
export async function main(): Promise<unknown> {
  const waiting = queue;
  await suspend("go");
  return waiting.size;
}
`;

const FAILING = `async function pay(amount: number): Promise<void> {
  await null;
  throw new RangeError("no cover for " + amount);
}

export async function main(): Promise<void> {
  await pay(5);
}
`;

test("a failed thread is shown with its error and its stack, what a module made by its name", async (context) => {
  const { folder, process, run, json } = await dev(context);
  await writeFile(join(folder, "holding.ts"), HOLDING);
  await process.first(({ kind, workflow }) => kind === "deployed" && workflow === "holding");
  const threads = `${(await process.line("listening")).url}/threads`;
  await fetch(threads, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"threadId":"held","workflow":"holding"}',
  });
  const held = await until(
    async () => (await (await fetch(`${threads}/held`)).json()) as Partial<View>,
    ({ frames }) => frames?.length === 1,
  );
  assert.deepEqual(held.frames?.[0]?.locals, { waiting: "holding.ts › exports.queue" });
  await writeFile(join(folder, "failing.ts"), FAILING);
  assert.equal((await run("deploy", join(folder, "failing.ts"))).code, 0);
  await run("start", "failing", "--id", "t");
  const view = await until(
    () => json("show", "t").catch(() => undefined) as Promise<{ status: string; failure: unknown } | undefined>,
    (each) => each?.status === "failed",
  );
  assert.deepEqual(view?.failure, {
    error: '"RangeError: no cover for 5"',
    stack: "RangeError: no cover for 5\n    at pay (failing.ts:3:9)\n    at async main (failing.ts:7:3)",
  });
  assert.match(
    (await run("show", "t")).stdout,
    /\n {2}error RangeError: no cover for 5\n {6}at pay \(failing\.ts:3:9\)\n {6}at async main \(failing\.ts:7:3\)\n/,
  );
});

test("deployed with limits, they stand beside the program", async (context) => {
  const { folder, process, run } = await dev(context);
  const { url } = await process.line("listening");
  const limitsOf = async (): Promise<unknown> =>
    ((await (await fetch(`${url}/programs`)).json()) as { limits: unknown }[])[0]?.limits;
  assert.deepEqual(await limitsOf(), {});
  assert.equal((await run("deploy", join(folder, "greeting.ts"), "--limits", "stepMs=5_000,memoryMb=64")).code, 0);
  assert.deepEqual(await limitsOf(), { stepMs: 5_000, memoryMb: 64 });
});

test("a change is deployed at once; a running thread goes on in the program that it began with", async (context) => {
  const { folder, run, json } = await dev(context);
  await run("start", "greeting", '"Old"', "--id", "old");
  const before = await until(
    () => json("show", "old").catch(() => undefined) as Promise<View | undefined>,
    (view) => view?.awaits.length === 1,
  );
  const file = join(folder, "greeting.ts");
  await writeFile(file, (await readFile(file, "utf8")).replace("said:", "replied:"));
  const after = await until(
    async () => {
      const id = `new-${Math.random()}`;
      await run("start", "greeting", '"New"', "--id", id);
      const view = (await until(
        () => json("show", id).catch(() => undefined) as Promise<View | undefined>,
        (each) => each !== undefined,
      )) as View;
      return { id, view };
    },
    ({ view }) => view.programHash !== before?.programHash,
  );
  for (const id of ["old", after.id]) await run("send", id, '{"ref":"answer","value":"x"}');
  await until(
    () => json("list", "--status", "completed") as Promise<readonly { threadId: string; programHash: string }[]>,
    (threads) =>
      threads.some(({ threadId, programHash }) => threadId === "old" && programHash === before?.programHash) &&
      threads.some(({ threadId }) => threadId === after.id),
  );
});
