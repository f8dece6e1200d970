/**
 * An error about an import, placed where its specifier is written first: esbuild's metafile has no positions.
 */
import type { CompileErrorCode } from "./codes.ts";
import { CompileError } from "./compile-error.ts";

export function importError(
  code: CompileErrorCode,
  message: string,
  specifier: string,
  { file, source }: { readonly file: string; readonly source: string },
): CompileError {
  const at = Math.max(source.indexOf(`"${specifier}"`), source.indexOf(`'${specifier}'`), 0);
  const before = source.slice(0, at).split("\n");
  return new CompileError(code, message, { file, source, line: before.length, column: before.at(-1)!.length });
}
