/**
 * One module through all its phases: the unit that the linker joins and the cache keeps. Plain data.
 *
 * A unit depends on the module's source, what the modules around it say of their exports, the indexes where its tables
 * start, and the compiler itself; the key of the cache is the hash of exactly these (I2: a hit gives the same bytes).
 */
import { createHash } from "node:crypto";
import { generate, type NodePath, types as t } from "@babel/core";
import type { Cache } from "./cache.ts";
import { checkCovered } from "./diagnostics/coverage.ts";
import { importPlace } from "./diagnostics/import-error.ts";
import { type Bases, type ModuleTables, PhaseContext } from "./link/context.ts";
import { makePrintable } from "./link/printable.ts";
import type { LoadedModule } from "./load/index.ts";
import {
  type ExportsGraph,
  type ModuleSyntax,
  moduleSyntax,
  modulesPhase,
  programPath,
  runsInThread,
  wrapJson,
  wrapModule,
} from "./modules/index.ts";
import { type ParsedModule, parse, parseJson } from "./parse/index.ts";
import { PHASES } from "./phases.ts";
import { compilerVersion } from "./version.ts";

export interface ModuleUnit {
  readonly code: string;
  /** Encoded source map `mappings` of `code`; its one source is the module. */
  readonly mappings: string;
  readonly tables: ModuleTables;
  readonly strict: boolean;
}

/** What the text of a module says, before others are looked at. */
export interface ModuleAnalysis {
  /** Null for JSON. */
  readonly syntax: ModuleSyntax | null;
  /** Present when it was parsed in this run: it is used up by `compileUnit`. */
  parsed?: ScopedModule | undefined;
}

interface ScopedModule extends ParsedModule {
  readonly program: NodePath<t.Program>;
}

export async function analyseModule(module: LoadedModule, cache: Cache): Promise<ModuleAnalysis> {
  if (module.kind === "json") return { syntax: null };
  const typescript = JSON.stringify(module.typescript ?? null);
  const key = digestKey("syntax", module.kind, module.language, typescript, module.id, module.source);
  const known = await cache.get<ModuleSyntax>(key);
  if (known !== undefined) return { syntax: known };
  const parsed = parseScoped(module);
  const syntax = moduleSyntax(parsed.program, parsed.text.strings);
  cache.set(key, syntax);
  return { syntax, parsed };
}

export async function compileUnit(
  module: LoadedModule,
  analysis: ModuleAnalysis,
  graph: ExportsGraph,
  bases: Bases,
  cache: Cache,
): Promise<ModuleUnit> {
  const { index, id, kind, language, firstParty, nodeInterop, typescript, source } = module;
  const links = JSON.stringify([index, firstParty, nodeInterop, typescript, bases, linkInfo(module, graph)]);
  const key = digestKey("unit", kind, language, id, source, links);
  const known = await cache.get<ModuleUnit>(key);
  if (known !== undefined) return known;
  const unit = kind === "json" ? jsonUnit(module, bases) : sourceUnit(module, analysis, graph, bases);
  cache.set(key, unit);
  return unit;
}

function parseScoped(module: LoadedModule): ScopedModule {
  const parsed = parse(module);
  return { ...parsed, program: programPath(parsed.ast, parsed.renamed || module.language === "typescript") };
}

function sourceUnit(module: LoadedModule, analysis: ModuleAnalysis, graph: ExportsGraph, bases: Bases): ModuleUnit {
  const { ast, strict, text, program } = analysis.parsed ?? parseScoped(module);
  analysis.parsed = undefined;
  const syntax = graph.syntaxOf(module.index)!;
  const context = new PhaseContext(module, strict, text, bases);
  for (const name of module.builtins) {
    const message = `"${name}" is a module of Node: using it in a workflow throws UnsupportedAtRunTime`;
    context.warnAt("NodeBuiltin", message, importPlace(name, module));
  }
  const shape = modulesPhase(program, ast, syntax, graph, context);
  runPhases(ast, context);
  const statement = wrapModule(ast, context.hoisted, syntax, shape, graph, context);
  return { ...print(statement, module), tables: context.tables(), strict };
}

/** What comes behind the modules phase; definitions are left in `context.hoisted`. */
export function runPhases(ast: t.File, context: PhaseContext): void {
  for (const phase of PHASES) {
    // What an earlier phase hoisted is program text to the later ones.
    const definitions = t.file(t.program(context.hoisted.splice(0), ast.program.directives, ast.program.sourceType));
    phase(definitions, context);
    phase(ast, context);
    context.hoisted.push(...definitions.program.body);
  }
  checkCovered(ast, context);
}

function jsonUnit(module: LoadedModule, bases: Bases): ModuleUnit {
  const value = parseJson(module);
  const text = { names: new Set<string>(), strings: new Set<string>(), shapes: [], ids: new Set<string>(), spans: [] };
  const { tables } = { tables: new PhaseContext(module, true, text, bases).tables() };
  return { ...print(wrapJson(module.index, value), module), tables, strict: true };
}

function print(statement: t.Statement, module: LoadedModule): { code: string; mappings: string } {
  const file = t.file(t.program([statement], [], "script"));
  makePrintable(file.program, module.index.toString(36));
  const { code, map } = generate(file, {
    sourceMaps: true,
    sourceFileName: module.file,
    comments: true,
    compact: false,
    jsescOption: { minimal: true },
  });
  return { code, mappings: (map as { mappings: string } | null)?.mappings ?? "" };
}

/** What a unit knows of other modules: its targets, and where each exported name of its imports leads. */
function linkInfo(module: LoadedModule, graph: ExportsGraph): unknown {
  const syntax = graph.syntaxOf(module.index);
  const imports = (syntax?.imports ?? []).map((specifier) => {
    const target = graph.target(module.index, "import", specifier);
    if (target?.kind !== "module") return [specifier, target?.kind];
    const names = [...graph.exportNames(target.index), "default", "*"];
    return [specifier, names.map((name) => [name, graph.resolveImport(module.index, specifier, name)])];
  });
  const stars = graph.commonjsStars(module.index);
  const inThread = [...module.targets].map(
    ([, target]) => target.kind === "module" && runsInThread(graph.syntaxOf(target.index)),
  );
  const cyclic = graph.isCyclic(module.index);
  return [[...module.targets], module.builtins, imports, stars, cyclic, syntax?.evaluation, inThread];
}

function digestKey(...parts: readonly string[]): string {
  const hash = createHash("sha256").update(compilerVersion());
  for (const part of parts) hash.update(`\0${part.length}\0`).update(part);
  return hash.digest("hex");
}
