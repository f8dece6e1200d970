/** A single module as a unit, beside scripts: a program of one module whose evaluation is left to the thread. */
import { Cache } from "../cache.ts";
import { loadText } from "../load/text.ts";
import { buildProgram } from "../program.ts";
import { AS_WRITTEN, type ScriptUnit } from "./index.ts";

/**
 * One module without imports, to be evaluated in the thread even when nothing at its top awaits.
 * @throws CompileError for code that cannot be compiled.
 */
export async function compileModule(source: string, { filename }: { readonly filename: string }): Promise<ScriptUnit> {
  const loaded = loadText(source, { ...AS_WRITTEN, filename, sourceType: "module", inThread: true });
  const { program } = await buildProgram(loaded, new Cache(), { needsMain: false });
  return { declarations: "", code: program.code, tables: program.tables };
}
