/**
 * An error about an import, placed where its specifier is written first: esbuild's metafile has no positions.
 */
import type { ErrorPlace } from "#protocol";
import type { CompileErrorCode } from "./codes.ts";
import { CompileError } from "./compile-error.ts";

export function importError(
  code: CompileErrorCode,
  message: string,
  specifier: string,
  { file, source }: { readonly file: string; readonly source: string },
): CompileError {
  return new CompileError(code, message, importPlace(specifier, { file, source }));
}

/** Where a specifier is written first. */
export function importPlace(
  specifier: string,
  { file, source }: { readonly file: string; readonly source: string },
): ErrorPlace {
  const written = [specifier, `node:${specifier}`].flatMap((text) => [`"${text}"`, `'${text}'`]);
  const found = written.find((text) => source.includes(text)) ?? "";
  const at = source.indexOf(found);
  const before = source.slice(0, at).split("\n");
  const column = before.at(-1)!.length;
  return { file, source, line: before.length, column, endColumn: column + found.length };
}
