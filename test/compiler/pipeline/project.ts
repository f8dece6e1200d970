/**
 * A project in a temp folder, compiled and loaded: modules run in an isolate against the real guest runtime, and what
 * they leave in `globalThis.out` comes back as JSON.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import ivm from "isolated-vm";
import { type CompileResult, compile } from "#compiler";
import type { Program } from "#protocol";
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
  const complete = /export (async )?function main|export default|\.exports?\b/.test(text)
    ? files
    : { ...files, [entry]: text + MAIN };
  return await compile({ entry, folder: project(test, complete) });
}

/** Evaluates a program's modules in a fresh isolate; gives what they left in `globalThis.out`. */
export async function loadProgram(program: Program): Promise<unknown> {
  return await inGuest(program, "return JSON.stringify(globalThis.out);");
}

/** Calls the program's `main` in a fresh isolate and runs jobs until none is left; gives what it returned. */
export async function runMain(program: Program): Promise<unknown> {
  return await inGuest(
    program,
    `let outcome = "pending";
    const { main } = abi.exports(${program.tables.entry});
    main().then((value) => { outcome = JSON.stringify(value); }, (error) => { outcome = JSON.stringify(["rejected", String(error), error.stack]); });
    while (kernel.pump() > 0);
    return outcome;`,
  );
}

/** Runs a body with `kernel` and `abi` after the program was loaded; it gives JSON. */
async function inGuest(program: Program, body: string): Promise<unknown> {
  const { code } = await guestPrelude();
  const isolate = new ivm.Isolate({ memoryLimit: 128 });
  try {
    const context = isolate.createContextSync();
    const tables = JSON.stringify(JSON.stringify(program.tables));
    const script = `(() => {
      const kernel = ${code.trimEnd().replace(/;$/, "")};
      let abi;
      const program = ${program.code};
      kernel.load(($k) => program((abi = $k)), ${tables}, true);
      ${body}
    })()`;
    const json = context.evalSync(script, { timeout: 10_000 }) as string | undefined;
    return json === undefined ? undefined : JSON.parse(json);
  } finally {
    isolate.dispose();
  }
}

/** Compiles and loads; gives `globalThis.out`. */
export async function run(test: TestContext, files: Files, entry?: string): Promise<unknown> {
  const { program } = await compileFiles(test, files, entry);
  return await loadProgram(program);
}
