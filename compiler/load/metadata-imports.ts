/**
 * Imports that a file needs only for what `emitDecoratorMetadata` says of types, for esbuild to see: it takes them for types.
 *
 *   import { Rates } from "./rates.ts"; @service class Trip { constructor(rates: Rates) {} }
 *   → …
 *   import "./rates.ts";
 */
import { parseSync, type types as t } from "@babel/core";
import { metadataImports } from "../parse/decorator-metadata.ts";
import type { TypeScriptOptions } from "./tsconfig.ts";

/** The text as it is where there are none, or where it does not parse: the error has its place later. */
export function withMetadataImports(source: string, { decoratorMetadata, strictNulls }: TypeScriptOptions): string {
  if (!decoratorMetadata || !source.includes("@") || !/\bimport\b/.test(source)) return source;
  const specifiers = specifiersOf(source, strictNulls);
  return specifiers.reduce((text, specifier) => `${text}\nimport ${JSON.stringify(specifier)};`, source);
}

function specifiersOf(source: string, strictNulls: boolean): readonly string[] {
  try {
    const plugins = ["typescript", "decorators-legacy", "decoratorAutoAccessors"];
    const ast = parseSync(source, {
      configFile: false,
      babelrc: false,
      sourceType: "module",
      parserOpts: { plugins, errorRecovery: true, attachComment: false },
    } as Parameters<typeof parseSync>[1]) as t.File;
    return metadataImports(ast, strictNulls);
  } catch {
    return [];
  }
}
