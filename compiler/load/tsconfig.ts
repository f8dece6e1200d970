/**
 * What a file's tsconfig.json says that changes what its code does: which decorators, whether
 * fields are defined, which imports stay. esbuild resolves by the same files; this reads what it does not tell.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { parseSync, types as t } from "@babel/core";

export interface TypeScriptOptions {
  /** `experimentalDecorators`: those of TypeScript before 5.0. */
  readonly legacyDecorators: boolean;
  /** `emitDecoratorMetadata` with them: they are told of types (parse/decorator-metadata.ts). */
  readonly decoratorMetadata: boolean;
  /** `strictNullChecks`: only metadata goes by it. */
  readonly strictNulls: boolean;
  /** False: a field without a value is only a type, and one with a value is assigned. */
  readonly definesFields: boolean;
  /** `verbatimModuleSyntax`: an import that is not marked `type` stays, used or not. */
  readonly keepsImports: boolean;
}

type Json = { readonly [key: string]: unknown };

const DEFAULTS: TypeScriptOptions = {
  legacyDecorators: false,
  decoratorMetadata: false,
  strictNulls: true,
  definesFields: true,
  keepsImports: false,
};
/** Targets that have class fields; from these on TypeScript defines them. */
const HAS_FIELDS = /^es(2022|2023|2024|2025|2026|next)$/i;
const EXTENDS_DEPTH_MAX = 16;

export class TypeScriptConfigs {
  readonly #byFolder = new Map<string, TypeScriptOptions>();

  /** Of the nearest tsconfig.json in the file's folder or above. */
  of(path: string): TypeScriptOptions {
    return this.#ofFolder(dirname(path));
  }

  #ofFolder(folder: string): TypeScriptOptions {
    const known = this.#byFolder.get(folder);
    if (known !== undefined) return known;
    const file = join(folder, "tsconfig.json");
    let options = DEFAULTS;
    if (existsSync(file)) options = optionsOf(compilerOptions(file, 0));
    else if (dirname(folder) !== folder) options = this.#ofFolder(dirname(folder));
    this.#byFolder.set(folder, options);
    return options;
  }
}

function optionsOf(options: Json): TypeScriptOptions {
  const { experimentalDecorators, useDefineForClassFields, target, verbatimModuleSyntax } = options;
  const { emitDecoratorMetadata, strictNullChecks, strict } = options;
  const legacyDecorators = experimentalDecorators === true;
  const decoratorMetadata = legacyDecorators && emitDecoratorMetadata === true;
  const strictNulls = (strictNullChecks ?? strict) !== false;
  const byTarget = typeof target === "string" ? HAS_FIELDS.test(target) : !legacyDecorators;
  const definesFields = typeof useDefineForClassFields === "boolean" ? useDefineForClassFields : byTarget;
  const keepsImports = verbatimModuleSyntax === true;
  return { legacyDecorators, decoratorMetadata, strictNulls, definesFields, keepsImports };
}

/** Those of the file over those of the files that it extends. A file that cannot be read says nothing: esbuild warns. */
function compilerOptions(file: string, depth: number): Json {
  const config = readJson(file);
  if (config === undefined || depth > EXTENDS_DEPTH_MAX) return {};
  const parents = [config.extends].flat().filter((one) => typeof one === "string");
  const inherited = parents.map((parent) => compilerOptions(extended(file, parent), depth + 1));
  return Object.assign({}, ...inherited, config.compilerOptions) as Json;
}

function extended(file: string, name: string): string {
  if (/^\.{0,2}\//.test(name)) return resolve(dirname(file), name.endsWith(".json") ? name : `${name}.json`);
  for (const specifier of [name, `${name}/tsconfig.json`]) {
    try {
      return createRequire(file).resolve(specifier);
    } catch {
      // The next form, or a file that is not there.
    }
  }
  return "";
}

/** JSON with comments and trailing commas is a JavaScript expression. */
function readJson(file: string): Json | undefined {
  try {
    const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
    const { program } = parseSync(`(${text}\n)`, { configFile: false, babelrc: false }) as t.File;
    const [statement] = program.body;
    const value = t.isExpressionStatement(statement) ? literalValue(statement.expression) : undefined;
    return typeof value === "object" && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function literalValue(node: t.Node): unknown {
  if (t.isParenthesizedExpression(node)) return literalValue(node.expression);
  if (t.isObjectExpression(node)) {
    const entries = node.properties.flatMap((property) =>
      t.isObjectProperty(property) && t.isStringLiteral(property.key)
        ? [[property.key.value, literalValue(property.value)]]
        : [],
    );
    return Object.fromEntries(entries);
  }
  if (t.isArrayExpression(node))
    return node.elements.map((element) => (element === null ? null : literalValue(element)));
  if (t.isStringLiteral(node) || t.isNumericLiteral(node) || t.isBooleanLiteral(node)) return node.value;
  return null;
}
