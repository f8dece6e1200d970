/**
 * Finds every module that the entry reaches. esbuild resolves (tsconfig paths, package exports, conditions) and tells
 * through its metafile who imports whom; what it bundles is dropped. The order of modules is fixed here: packages first,
 * each part depth first in the order of imports, so that an edit of first-party code leaves packages' indexes alone.
 *
 * Boundary: the file system. What leaves here has no absolute path in it but `path`, which later phases never see.
 */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type BuildFailure, build, type Metafile, type Plugin } from "esbuild";
import type { ErrorPlace, WebGlobalForm } from "#protocol";
import type { CompileErrorCode } from "../diagnostics/codes.ts";
import { CompileError } from "../diagnostics/compile-error.ts";
import { importError } from "../diagnostics/import-error.ts";
import { builtinName, builtinSource, standInFor } from "./builtins.ts";
import { withMetadataImports } from "./metadata-imports.ts";
import { Packages } from "./packages.ts";
import { hideTopLevelAwait } from "./top-level-await.ts";
import { TypeScriptConfigs, type TypeScriptOptions } from "./tsconfig.ts";

/** How a module is named by another; resolution differs (`exports` conditions). */
export type ImportKind = "import" | "require" | "dynamic";

/** What a specifier leads to. */
export type Target =
  | { readonly kind: "module"; readonly index: number }
  | { readonly kind: "api" }
  /** What the runtime gives `runtime/web/` alone. */
  | { readonly kind: "host" }
  /** Not in the program: the branch is dead, or the import is optional. Using it throws. */
  | { readonly kind: "missing" };

export interface LoadedModule {
  readonly index: number;
  readonly id: string;
  readonly firstParty: boolean;
  readonly kind: "esm" | "commonjs" | "json" | "script";
  readonly language: "javascript" | "typescript" | "json";
  /** Its imports of CommonJS modules follow Node (default is `module.exports`) and not `__esModule`. */
  readonly nodeInterop: boolean;
  readonly source: string;
  /** What messages call it. */
  readonly file: string;
  /** `<kind>:<specifier>` → target. */
  readonly targets: ReadonlyMap<string, Target>;
  /** Of a TypeScript file. */
  readonly typescript?: TypeScriptOptions;
  /** The names of Node's modules that it imports, for warnings. */
  readonly builtins: readonly string[];
  /** It is evaluated in the thread, whether it awaits or not. */
  readonly inThread?: boolean;
}

export interface LoadedProgram {
  readonly name: string;
  readonly entry: number;
  readonly modules: readonly LoadedModule[];
  /** Globals that modules of `runtime/web/` make, in the order in which they are defined. */
  readonly globals?: readonly WebGlobalBinding[];
}

export interface WebGlobalBinding {
  readonly name: string;
  readonly form: WebGlobalForm;
  readonly module: number;
}

const API = "kawait";
const BUILTIN_NAMESPACE = "node-builtin";
const SUPPORTED = /\.([cm]?[jt]s|json)$/;
const TYPESCRIPT = /\.[cm]?ts$/;
const JSX = /\.[jt]sx$/;
const COMMONJS = /\.c[jt]s$/;
const KINDS: Readonly<Record<string, ImportKind>> = {
  "import-statement": "import",
  "require-call": "require",
  "dynamic-import": "dynamic",
};

export async function load(options: { readonly entry: string; readonly folder: string }): Promise<LoadedProgram> {
  const { folder, entry } = existing(options);
  if (!SUPPORTED.test(entry)) {
    const code = JSX.test(entry) ? "Jsx" : "UnsupportedFile";
    throw new CompileError(code, `The entry ${code === "Jsx" ? "has JSX" : "is no module"}`, atFile(options.entry));
  }
  const configs = new TypeScriptConfigs();
  const { metafile, awaiting } = await scanAll(entry, folder, configs);
  const keys = Object.keys(metafile.inputs);
  const entryKey = keys.find((key) => !key.includes(":") && resolve(folder, key) === entry);
  if (entryKey === undefined) throw notFound(options.entry);

  const packages = new Packages(folder);
  const pathOf = (key: string): string => resolve(folder, key);
  const order = evaluationOrder(metafile, entryKey);
  const isPackage = (key: string): boolean => isBuiltin(key) || !packages.isFirstParty(pathOf(key));
  const ordered = [...order.filter(isPackage), ...order.filter((key) => !isPackage(key))];
  const indexes = new Map(ordered.map((key, index) => [key, index]));
  const ids = packages.ids(ordered.filter((key) => !isBuiltin(key)).map(pathOf));

  const modules = ordered.map((key, index): LoadedModule => {
    if (isBuiltin(key)) return builtinModule(index, key.slice(BUILTIN_NAMESPACE.length + 1));
    const path = pathOf(key);
    const id = ids.get(path)!;
    const language = path.endsWith(".json") ? "json" : TYPESCRIPT.test(path) ? "typescript" : "javascript";
    const esmByName = /\.m[tj]s$/.test(path) || (!/\.c[tj]s$/.test(path) && packages.of(path)?.esm === true);
    const input = metafile.inputs[key]!;
    const source = readFileSync(path, "utf8");
    const targets = new Map<string, Target>();
    const builtins: string[] = [];
    for (const { original, path: imported, kind, external } of input.imports) {
      const importKind = KINDS[kind];
      if (importKind === undefined) continue;
      const specifier = original ?? imported;
      if (isBuiltin(imported)) {
        if (standInFor(`node:${imported.slice(BUILTIN_NAMESPACE.length + 1)}`) === undefined) builtins.push(specifier);
      } else if (external !== true && !SUPPORTED.test(imported)) {
        if (JSX.test(imported)) throw importError("Jsx", `"${specifier}" has JSX`, specifier, { file: id, source });
        throw importError("UnsupportedFile", `"${specifier}" is no module`, specifier, { file: id, source });
      }
      const target = indexes.get(imported);
      targets.set(
        `${importKind}:${specifier}`,
        specifier === API
          ? { kind: "api" }
          : external === true || target === undefined
            ? { kind: "missing" }
            : { kind: "module", index: target },
      );
    }
    const format = awaiting.has(path) && !COMMONJS.test(path) ? "esm" : input.format;
    const kind = language === "json" ? "json" : moduleKind(format, esmByName, path, packages.isFirstParty(path));
    return {
      index,
      id,
      firstParty: packages.isFirstParty(path),
      kind,
      language,
      nodeInterop: esmByName,
      ...(language === "typescript" ? { typescript: configs.of(path) } : {}),
      source,
      file: id,
      targets,
      builtins,
    };
  });
  return { name: basename(entry).replace(/\.[^.]+$/, ""), entry: indexes.get(entryKey)!, modules };
}

/** Both as they are behind links. */
function existing(options: { readonly entry: string; readonly folder: string }): { folder: string; entry: string } {
  try {
    const folder = realpathSync(resolve(options.folder));
    const entry = realpathSync(resolve(folder, options.entry));
    if (statSync(entry).isFile()) return { folder, entry };
  } catch {
    // Not there, no folder on the way, a circle of links, or no path at all.
  }
  throw notFound(options.entry || options.folder);
}

function notFound(entry: string): CompileError {
  return new CompileError("UnresolvedImport", "There is no such file", atFile(entry));
}

function atFile(file: string): ErrorPlace {
  return { file, source: "", line: 0, column: 0 };
}

function moduleKind(
  format: "cjs" | "esm" | undefined,
  esmByName: boolean,
  path: string,
  firstParty: boolean,
): "esm" | "commonjs" {
  if (esmByName || format === "esm") return "esm";
  if (format === "cjs" || /\.c[tj]s$/.test(path)) return "commonjs";
  return firstParty && TYPESCRIPT.test(path) ? "esm" : "commonjs";
}

function builtinModule(index: number, name: string): LoadedModule {
  return {
    index,
    id: `node:${name}`,
    firstParty: false,
    kind: "commonjs",
    language: "javascript",
    nodeInterop: false,
    source: builtinSource(name),
    file: `node:${name}`,
    targets: new Map(),
    builtins: [],
  };
}

function isBuiltin(key: string): boolean {
  return key.startsWith(`${BUILTIN_NAMESPACE}:`);
}

/** Depth first, imports in source order, dependencies before dependents; a cycle is entered once. */
function evaluationOrder(metafile: Metafile, entryKey: string): string[] {
  const order: string[] = [];
  const seen = new Set([entryKey]);
  const stack = [{ key: entryKey, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const imported = metafile.inputs[top.key]?.imports[top.next++];
    if (imported === undefined) {
      order.push(top.key);
      stack.pop();
    } else if (imported.external !== true && imported.path in metafile.inputs && !seen.has(imported.path)) {
      seen.add(imported.path);
      stack.push({ key: imported.path, next: 0 });
    }
  }
  return order;
}

interface Scan {
  readonly metafile: Metafile;
  /** Paths of modules with a top-level `await`. */
  readonly awaiting: ReadonlySet<string>;
}

/** Where that fails, once more: esbuild is not shown what it need not know. */
async function scanAll(entry: string, folder: string, configs: TypeScriptConfigs): Promise<Scan> {
  let awaiting: ReadonlySet<string> = new Set<string>();
  try {
    return { metafile: await scan(entry, folder, [typesAsValues(configs)]), awaiting };
  } catch (error) {
    const failures = (error as BuildFailure).errors ?? [];
    awaiting = new Set(
      failures.flatMap(({ text, location }) =>
        text.startsWith("Top-level await") && location !== null ? [resolve(folder, location.file)] : [],
      ),
    );
  }
  try {
    return { metafile: await scan(entry, folder, [hiding(awaiting, configs)]), awaiting };
  } catch (error) {
    throw asCompileError(error as BuildFailure, folder);
  }
}

async function scan(entry: string, folder: string, plugins: readonly Plugin[]): Promise<Metafile> {
  const result = await build({
    entryPoints: [entry],
    absWorkingDir: folder,
    bundle: true,
    write: false,
    metafile: true,
    outfile: "program.js",
    // Of the output formats this one takes sloppy code; the output itself is dropped.
    format: "cjs",
    platform: "neutral",
    target: "esnext",
    // What Node itself would take; a package that has no "main" may still have "module".
    mainFields: ["main", "module"],
    // Of what packages offer, builds for browsers ask least of their surroundings: `crypto` where others import `node:crypto`.
    conditions: ["kawait", "browser"],
    ignoreAnnotations: true,
    legalComments: "none",
    logLevel: "silent",
    // A package's development branches are not reached, as in every production build; parse/ does the same.
    define: { "process.env.NODE_ENV": '"production"' },
    logLimit: 0,
    plugins: [outside, ...plugins],
  });
  return result.metafile;
}

/** `import("./" + name)` is a pattern to esbuild: it reads every file of the folder, and fails at the first that it cannot. */
const PATTERN_CALL = /\b(import|require)(\s*\(\s*)(?=(["'`])\.\.?\/(?:(?!\3)[^\n])*(?:\3\s*\+|\$\{))/g;

/** Imports that only types of decorated classes name: esbuild would leave them out. */
const typesAsValues = (configs: TypeScriptConfigs): Plugin => ({
  name: "types as values",
  setup(context) {
    context.onLoad({ filter: TYPESCRIPT, namespace: "file" }, ({ path }) => {
      if (!configs.of(path).decoratorMetadata) return undefined;
      return { contents: withMetadataImports(readFileSync(path, "utf8"), configs.of(path)), loader: "ts" };
    });
  },
});

/** Top-level `await`, which the output format has not, and imports of what an expression names. */
const hiding = (awaiting: ReadonlySet<string>, configs: TypeScriptConfigs): Plugin => ({
  name: "hiding",
  setup(context) {
    context.onLoad({ filter: /\.[cm]?[jt]s$/, namespace: "file" }, ({ path }) => {
      const language = TYPESCRIPT.test(path) ? "typescript" : "javascript";
      const text = readFileSync(path, "utf8");
      const source = language === "typescript" ? withMetadataImports(text, configs.of(path)) : text;
      // The expression becomes the second argument.
      const shown = source.replace(PATTERN_CALL, (_, name, open) => `${name}${open}0,`);
      const contents = awaiting.has(path) ? hideTopLevelAwait(shown, language) : shown;
      return contents === text ? undefined : { contents, loader: language === "typescript" ? "ts" : "js" };
    });
  },
});

/** `kawait` and Node's own modules are no files. */
const outside: Plugin = {
  name: "outside",
  setup(context) {
    context.onResolve({ filter: /^kawait$/ }, () => ({ path: API, external: true }));
    context.onResolve({ filter: /^[a-z_:/0-9]+$/ }, async (request) => {
      const name = builtinName(request.path);
      if (name === null || request.pluginData === "installed?") return undefined;
      if (!request.path.startsWith("node:")) {
        // An installed package of the same name ("events", "buffer") is what the author wants here.
        const { importer, resolveDir, kind } = request;
        const installed = await context.resolve(request.path, { importer, resolveDir, kind, pluginData: "installed?" });
        if (installed.errors.length === 0 && !installed.external) return { path: installed.path };
      }
      return { path: name, namespace: BUILTIN_NAMESPACE };
    });
    context.onLoad({ filter: /.*/, namespace: BUILTIN_NAMESPACE }, () => ({
      contents: "module.exports = {}",
      loader: "js",
    }));
  },
};

const CODES: readonly (readonly [RegExp, CompileErrorCode])[] = [
  [/^Could not resolve|^Could not read/, "UnresolvedImport"],
  [/^No matching export/, "MissingExport"],
  [/JSX/, "Jsx"],
  [/^No loader is configured|^Cannot import "/, "UnsupportedFile"],
];

function asCompileError(failure: BuildFailure, folder: string): Error {
  const first = failure.errors?.[0];
  if (first === undefined) return failure;
  const code = CODES.find(([pattern]) => pattern.test(first.text))?.[1] ?? "SyntaxError";
  const { text } = first;
  if (first.location === null) return new CompileError(code, text);
  const { file, line, column, length, lineText } = first.location;
  const path = resolve(folder, file);
  const source = existsSync(path) ? readFileSync(path, "utf8") : `${"\n".repeat(line - 1)}${lineText}`;
  return new CompileError(code, text, { file, source, line, column, endColumn: column + length });
}
