/**
 * A project in a temp folder, compiled and loaded: modules run in an isolate against the real guest runtime, and what
 * they leave in `globalThis.out` comes back as JSON.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transform } from "esbuild";
import ivm from "isolated-vm";
import { type CompileResult, compile } from "#compiler";
import { guestTables, type Program } from "#protocol";
import { guestPrelude } from "../../../runtime/guest-bundle.ts";

export type Files = { readonly [path: string]: string };

/** Writes the files into a fresh folder that the test's end removes. */
export function project(test: TestContext, files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), "kawait-pipeline-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const MAIN = "\nexport function main() {}\n";

/** Compiles `main.ts` (or the given entry) of the files; a `main` is added where the text has none. */
export async function compileFiles(test: TestContext, files: Files, entry = "main.ts"): Promise<CompileResult> {
  const text = files[entry]!;
  const complete = /export [^;]*\bmain\b|export default|\.exports?\b/.test(text)
    ? files
    : { ...files, [entry]: text + MAIN };
  return await compile({ entry, folder: project(test, complete) });
}

/** Evaluates a program's modules in a fresh context; gives what they left in `globalThis.out`. */
export async function loadProgram(program: Program): Promise<unknown> {
  const contexts = new Contexts(program, (await guestPrelude()).code);
  try {
    const json = contexts.open().context.evalSync("JSON.stringify(globalThis.out)") as string | undefined;
    return json === undefined ? undefined : JSON.parse(json);
  } finally {
    contexts.dispose();
  }
}

/**
 * Runs `main` until no job is left; gives its outcome. With `restoreEvery`, the thread is saved before each such job,
 * dropped with its context, and restored in a fresh one.
 */
export async function runMain(program: Program, restoreEvery = Number.POSITIVE_INFINITY): Promise<unknown> {
  const contexts = new Contexts(program, (await guestPrelude()).code);
  let guest = contexts.open();
  try {
    guest.call("begin", "");
    for (let job = 1; ; job++) {
      if (job % restoreEvery === 0) {
        const bytes = guest.call("snapshot");
        guest.context.release();
        guest = contexts.open();
        guest.call("restore", bytes);
        assert.deepEqual(guest.call("snapshot"), bytes, `the state restored before job ${job} has other bytes`);
      }
      if (guest.call("pump") === 0) break;
    }
    const { status, result } = JSON.parse(guest.call("outcome") as string);
    return { status, result: typeof result === "string" ? JSON.parse(result) : result };
  } finally {
    contexts.dispose();
  }
}

/** Contexts are made in one isolate until it has seen so many: a collector runs late. */
const CONTEXTS_PER_ISOLATE = 20;

/** Fresh contexts of a program, one at a time. */
class Contexts {
  readonly #program: Program;
  readonly #prelude: string;
  readonly #tables: string;
  #isolate: ivm.Isolate | undefined;
  #scripts: readonly [prelude: ivm.Script, program: ivm.Script] | undefined;
  #count = 0;

  constructor(program: Program, prelude: string) {
    this.#program = program;
    this.#prelude = prelude;
    this.#tables = guestTables(program.code, program.tables);
  }

  open(): GuestProgram {
    if (this.#isolate === undefined || this.#scripts === undefined || this.#count++ % CONTEXTS_PER_ISOLATE === 0) {
      this.dispose();
      this.#isolate = new ivm.Isolate({ memoryLimit: 128 });
      const compiled = (code: string): ivm.Script => this.#isolate!.compileScriptSync(code);
      this.#scripts = [compiled(this.#prelude), compiled(this.#program.code)];
    }
    const [prelude, script] = this.#scripts;
    const context = this.#isolate.createContextSync();
    const guest = new GuestProgram(context, prelude.runSync(context, { reference: true }) as never);
    const made = script.runSync(context, { reference: true, timeout: 10_000 }) as unknown as ivm.Reference;
    guest.call("load", made.derefInto(), this.#tables, true);
    return guest;
  }

  dispose(): void {
    this.#isolate?.dispose();
    this.#isolate = undefined;
  }
}

/** A program loaded in a fresh context, in private mode: a thread of its own. */
class GuestProgram {
  readonly context: ivm.Context;
  readonly #kernel: ivm.Reference<Record<string, unknown>>;

  constructor(context: ivm.Context, kernel: ivm.Reference<Record<string, unknown>>) {
    this.context = context;
    this.#kernel = kernel;
  }

  call(name: string, ...values: unknown[]): unknown {
    const method = this.#kernel.getSync(name, { reference: true }) as unknown as ivm.Reference<
      (...values: unknown[]) => unknown
    >;
    return method.applySync(undefined, values, { timeout: 10_000, arguments: { copy: true }, result: { copy: true } });
  }
}

/** Compiles and loads; gives `globalThis.out`. */
export async function run(test: TestContext, files: Files, entry?: string): Promise<unknown> {
  const { program } = await compileFiles(test, files, entry);
  return await loadProgram(program);
}

/**
 * Asserts that a TypeScript module's `main` gives the same as esbuild's lowering run by Node: compiled, and compiled with
 * its thread saved, dropped and restored before every job.
 */
export async function compareTypeScript(
  test: TestContext,
  source: string,
  compilerOptions: Record<string, unknown>,
): Promise<void> {
  const tsconfig = JSON.stringify({ compilerOptions });
  const folder = project(test, { "main.ts": source, "tsconfig.json": `// options\n${tsconfig}` });
  const { code } = await transform(source, { loader: "ts", target: "es2022", tsconfigRaw: tsconfig });
  writeFileSync(join(folder, "native.mjs"), code);
  const native = (await import(pathToFileURL(join(folder, "native.mjs")).href)) as { main(): Promise<unknown> };
  const expected = { status: "completed", result: JSON.parse(JSON.stringify(await native.main())) };
  const { program } = await compile({ entry: "main.ts", folder });
  assert.deepEqual(await runMain(program), expected);
  assert.deepEqual(await runMain(program, 1), expected, "restored before every job");
}

/** The same for several files, against what TypeScript's own compiler makes of them. */
export async function compareWithTsc(
  test: TestContext,
  files: Readonly<Record<string, string>>,
  compilerOptions: Record<string, unknown>,
): Promise<void> {
  const emitted = {
    outDir: "native",
    module: "esnext",
    moduleResolution: "bundler",
    rewriteRelativeImportExtensions: true,
  };
  const config = {
    compilerOptions: { ...compilerOptions, ...emitted, types: [], noCheck: true, skipLibCheck: true },
    include: ["*.ts"],
  };
  const folder = project(test, {
    ...files,
    "tsconfig.json": JSON.stringify(config),
    "native/package.json": '{"type":"module"}',
  });
  const tsc = fileURLToPath(new URL("../../../node_modules/.bin/tsc", import.meta.url));
  const { status, stdout } = spawnSync(tsc, ["-p", folder], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
  const native = (await import(pathToFileURL(join(folder, "native", "main.js")).href)) as { main(): unknown };
  const { program } = await compile({ entry: "main.ts", folder });
  const expected = { status: "completed", result: JSON.parse(JSON.stringify(await native.main())) };
  assert.deepEqual(await runMain(program), expected);
}
