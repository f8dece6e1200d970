/** Files → programs, for `deploy` and `dev`. */
import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { compile, warningText } from "#compiler";
import type { Program } from "#protocol";

const SCRIPT = /\.(ts|mts|js|mjs)$/;
const JSX = /\.[jt]sx$/;
const NOT_A_WORKFLOW = /\.(test|spec|d)\.[a-z]+$/;

/** The modules directly in a folder that can be workflows, sorted; a file stands for itself. */
export function workflowFiles(path: string): readonly string[] {
  const full = resolve(path);
  return statSync(full).isDirectory() ? filesIn(full, SCRIPT) : [full];
}

/** Those in a folder that cannot, for they hold JSX. */
export function jsxFiles(path: string): readonly string[] {
  const full = resolve(path);
  return statSync(full).isDirectory() ? filesIn(full, JSX) : [];
}

function filesIn(folder: string, ending: RegExp): readonly string[] {
  return readdirSync(folder)
    .filter((name) => ending.test(name) && !NOT_A_WORKFLOW.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** @throws CompileError with a code frame */
export async function compileWorkflow(
  file: string,
  options: { readonly cacheFolder?: string } = {},
): Promise<{ readonly program: Program; readonly warnings: readonly string[] }> {
  const entry = resolve(file);
  const { program, warnings } = await compile({ entry, folder: dirname(entry), ...options });
  return { program, warnings: warnings.map(warningText) };
}
