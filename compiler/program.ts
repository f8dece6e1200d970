/**
 * The compiler's driver: loaded modules → Program. One module after the other in index order, since each one's indexes
 * start where those of the ones before end.
 */
import { createHash } from "node:crypto";
import { ABI_VERSION, type Program, type ProgramDebug, programHashInput } from "#protocol";
import type { Cache } from "./cache.ts";
import { CompileError, type CompileWarning } from "./diagnostics/compile-error.ts";
import { importError } from "./diagnostics/import-error.ts";
import type { Bases } from "./link/context.ts";
import { linkScript } from "./link/link.ts";
import { programTables } from "./link/tables.ts";
import { type LoadedModule, type LoadedProgram, withWebModules } from "./load/index.ts";
import { ExportsGraph, type ModuleSyntax, spreadEvaluation } from "./modules/index.ts";
import { readSettings } from "./parse/settings.ts";
import { analyseModule, compileUnit, type ModuleAnalysis, type ModuleUnit } from "./unit.ts";

export interface CompileResult {
  readonly program: Program;
  readonly warnings: readonly CompileWarning[];
}

export async function buildProgram(
  given: LoadedProgram,
  cache: Cache,
  options: { readonly needsMain: boolean },
): Promise<CompileResult> {
  const analyses: ModuleAnalysis[] = [];
  for (const module of given.modules) analyses.push(await withinStack(module, () => analyseModule(module, cache)));
  const globals = new Set(analyses.flatMap(({ syntax }) => syntax?.webGlobals ?? []));
  const makers = new Set(analyses.flatMap(({ syntax }) => syntax?.bodyMakers ?? []));
  const loaded = withWebModules(given, globals, makers);
  const webModules = loaded.modules.slice(0, loaded.modules.length - given.modules.length);
  analyses.unshift(...(await Promise.all(webModules.map((module) => analyseModule(module, cache)))));
  const syntax = spreadEvaluation(
    loaded.modules,
    analyses.map((analysis) => analysis.syntax),
  );
  const graph = new ExportsGraph(loaded.modules, syntax);
  checkImports(loaded, graph, syntax);
  if (options.needsMain) checkMain(loaded, graph, syntax);
  const settings = options.needsMain ? readSettings(loaded.modules[loaded.entry]!) : undefined;

  const units: ModuleUnit[] = [];
  let bases: Bases = { functions: 0, classes: 0, scopes: 0, templates: 0 };
  for (const [index, module] of loaded.modules.entries()) {
    const unit = await withinStack(module, () => compileUnit(module, analyses[index]!, graph, bases, cache));
    units.push(unit);
    const { functions, classes, scopes, templates } = unit.tables;
    bases = {
      functions: bases.functions + functions.length,
      classes: bases.classes + classes.length,
      scopes: bases.scopes + scopes.length,
      templates: bases.templates + templates,
    };
  }

  const tables = programTables(loaded, units, syntax);
  const { code, map } = linkScript(loaded, units);
  const debug: ProgramDebug = {
    sources: loaded.modules.map(({ file }) => file),
    sourcesContent: loaded.modules.map(({ source }) => source),
    functions: units.flatMap((unit) => unit.tables.functionPositions),
    spans: units.map((unit) => unit.tables.spans),
    map,
  };
  const hash = createHash("sha256")
    .update(programHashInput(ABI_VERSION, code, tables))
    .digest("hex");
  await cache.flush();
  const declared = settings === undefined ? {} : { settings };
  const program: Program = { name: loaded.name, ...declared, abi: ABI_VERSION, hash, code, tables, debug };
  return { program, warnings: units.flatMap((unit) => unit.tables.warnings) };
}

/** Parser, phases and printer descend into the syntax tree by recursion. */
async function withinStack<T>(module: LoadedModule, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof RangeError && error.message.startsWith("Maximum call stack"))) throw error;
    const place = { file: module.file, source: module.source, line: 0, column: 0 };
    throw new CompileError("NestedTooDeep", "Its code is nested too deep to be compiled", place);
  }
}

/** What esbuild left outside the bundle (URLs, for instance) and the module's own text still imports. */
function checkImports(loaded: LoadedProgram, graph: ExportsGraph, syntax: readonly (ModuleSyntax | null)[]): void {
  for (const [index, module] of loaded.modules.entries()) {
    for (const specifier of syntax[index]?.imports ?? []) {
      const target = graph.target(index, "import", specifier);
      if (target !== undefined && target.kind !== "missing") continue;
      throw importError("UnresolvedImport", `Could not resolve "${specifier}"`, specifier, module);
    }
  }
}

/** The runtime calls the export `main`, or else the default export. */
function checkMain(loaded: LoadedProgram, graph: ExportsGraph, syntax: readonly (ModuleSyntax | null)[]): void {
  const entry = loaded.modules[loaded.entry]!;
  // What a CommonJS module exports is known when it runs.
  if (entry.kind === "commonjs") return;
  const place = { file: entry.file, source: entry.source, line: 1, column: 0 };
  const name = ["main", "default"].find((one) => graph.resolveExport(entry.index, one).kind !== "none");
  if (name === undefined) {
    throw new CompileError("NoMain", "The entry exports neither `main` nor a default export", place);
  }
  const resolution = graph.resolveExport(entry.index, name);
  if (resolution.kind !== "accessor") return;
  const { exports, values } = syntax[resolution.module]!;
  const source = exports[resolution.name];
  if (source?.kind === "local" && values.includes(source.binding)) {
    throw new CompileError("NoMain", `The entry's export \`${name}\` is no function`, place);
  }
}
