/**
 * What the phases add to for one module (phase.ts), and what of it goes into the program and into the cache.
 *
 * Indexes start at the bases that the modules before have left; nothing is renumbered later.
 */
import type { types as t } from "@babel/core";
import {
  type ClassEntry,
  codeFrame,
  type ErrorPlace,
  type FunctionEntry,
  type FunctionKind,
  type FunctionSpan,
  invariant,
  type SiteEntry,
  type SourcePosition,
} from "#protocol";
import { CompileError, type CompileWarning } from "../diagnostics/compile-error.ts";
import type { LoadedModule } from "../load/index.ts";
import { digest, type ModuleText } from "../parse/index.ts";
import type { IdAllocator, ModuleContext, Stamp } from "../phase.ts";

/** The next free index of each table. */
export interface Bases {
  readonly functions: number;
  readonly classes: number;
  readonly scopes: number;
  readonly templates: number;
}

/** Functions with their places: what one module adds to the tables. Plain data. */
export interface ModuleTables {
  readonly functions: readonly FunctionEntry[];
  readonly functionPositions: readonly { readonly at: SourcePosition; readonly sites: readonly SourcePosition[] }[];
  readonly classes: readonly ClassEntry[];
  readonly scopes: readonly (readonly string[])[];
  readonly templates: number;
  readonly strings: readonly string[];
  readonly shapes: readonly (readonly string[])[];
  readonly warnings: readonly CompileWarning[];
  readonly spans: readonly FunctionSpan[];
}

interface FunctionRecord {
  readonly id: string;
  readonly kind: FunctionKind;
  readonly body: string;
  readonly at: SourcePosition;
  scopes: readonly number[];
  sites: readonly SiteEntry[] | null;
  positions: readonly SourcePosition[];
  handlers: unknown;
}

export class PhaseContext implements ModuleContext {
  readonly moduleIndex: number;
  readonly moduleId: string;
  readonly firstParty: boolean;
  readonly kind: "esm" | "commonjs" | "json" | "script";
  readonly source: string;
  readonly file: string;
  readonly strict: boolean;
  readonly ids: IdAllocator;
  /** Definitions at module level, in call order. */
  readonly hoisted: t.Statement[] = [];

  readonly #bases: Bases;
  readonly #names: Set<string>;
  /** By stem: the last number that made a name unique. */
  readonly #ordinals = new Map<string, number>();
  readonly #functions: FunctionRecord[] = [];
  readonly #classes: { id: string; scopes: readonly number[]; isPrivateName?: true }[] = [];
  readonly #scopes: (readonly string[])[] = [];
  #templates = 0;
  readonly #strings: Set<string>;
  readonly #shapes: (readonly string[])[];
  readonly #spans: readonly FunctionSpan[];
  readonly #warnings: CompileWarning[] = [];

  constructor(module: LoadedModule, strict: boolean, text: ModuleText, bases: Bases) {
    this.moduleIndex = module.index;
    this.moduleId = module.id;
    this.firstParty = module.firstParty;
    this.kind = module.kind;
    this.source = module.source;
    this.file = module.file;
    this.strict = strict;
    this.ids = idAllocator(text.ids);
    this.#bases = bases;
    this.#names = new Set(text.names);
    this.#strings = new Set(text.strings);
    this.#shapes = [...text.shapes];
    this.#spans = text.spans;
  }

  addFunction(node: t.Node, kind: FunctionKind, id?: string): number {
    const index = this.#bases.functions + this.#functions.length;
    this.#functions.push({
      id: id ?? this.ids.of(node),
      kind,
      body: id === undefined ? stampOf(node)!.kawaitBody : digest(id),
      at: this.position(node),
      scopes: [],
      sites: null,
      positions: [],
      handlers: null,
    });
    node.extra = { ...node.extra, kawaitIndex: index };
    return index;
  }

  setScopes(functionIndex: number, scopes: readonly number[]): void {
    this.#functions[functionIndex - this.#bases.functions]!.scopes = scopes;
  }

  setSites(
    functionIndex: number,
    sites: readonly SiteEntry[],
    positions: readonly SourcePosition[],
    handlers?: unknown,
  ): void {
    const record = this.#functions[functionIndex - this.#bases.functions]!;
    record.sites = sites;
    record.positions = positions;
    record.handlers = handlers ?? null;
  }

  addClass(node: t.Node, id?: string): number {
    const index = this.#bases.classes + this.#classes.length;
    this.#classes.push({ id: id ?? this.ids.of(node), scopes: [] });
    node.extra = { ...node.extra, kawaitIndex: index };
    return index;
  }

  addPrivateName(id: string): number {
    return this.#bases.classes + this.#classes.push({ id, scopes: [], isPrivateName: true }) - 1;
  }

  setClassScopes(classIndex: number, scopes: readonly number[]): void {
    this.#classes[classIndex - this.#bases.classes]!.scopes = scopes;
  }

  addScope(fields: readonly string[]): number {
    return this.#bases.scopes + this.#scopes.push(fields) - 1;
  }

  addTemplate(): number {
    return this.#bases.templates + this.#templates++;
  }

  addString(value: string): void {
    this.#strings.add(value);
  }

  addShape(keys: readonly string[]): void {
    this.#shapes.push(keys);
  }

  position(node: t.Node, fallback?: t.Node): SourcePosition {
    const start = node.loc?.start ?? fallback?.loc?.start;
    return [this.moduleIndex, start?.line ?? 0, start?.column ?? 0];
  }

  error(code: string, node: t.Node, message: string): never {
    throw new CompileError(code, message, this.#place(node));
  }

  leaveNative(code: string, node: t.Node, message: string): void {
    if (this.firstParty) this.error(code, node, message);
    this.warn(code, message, node);
  }

  warn(code: string, message: string, node: t.Node): void {
    this.warnAt(code, message, this.#place(node));
  }

  warnAt(code: string, message: string, place: ErrorPlace): void {
    const { line, column } = place;
    const isSame = (one: CompileWarning) => one.code === code && one.line === line && one.column === column;
    if (line > 0 && this.#warnings.some(isSame)) return;
    this.#warnings.push({ code, message, file: this.file, line, column, frame: line === 0 ? "" : codeFrame(place) });
  }

  hoist(statement: t.Statement): void {
    this.hoisted.push(statement);
  }

  uniqueName(base: string): string {
    const stem = base.startsWith("$") ? base : `$${base}`;
    let name = stem;
    let n = this.#ordinals.get(stem) ?? 0;
    while (this.#names.has(name) || isReserved(name)) name = `${stem}$${++n}`;
    this.#ordinals.set(stem, n);
    this.#names.add(name);
    return name;
  }

  tables(): ModuleTables {
    return {
      functions: this.#functions.map((record) => this.#functionEntry(record)),
      functionPositions: this.#functions.map(({ at, positions }) => ({ at, sites: positions })),
      classes: this.#classes,
      scopes: this.#scopes,
      templates: this.#templates,
      strings: [...this.#strings],
      shapes: this.#shapes,
      warnings: this.#warnings,
      spans: this.#spans,
    };
  }

  /** The shape hash covers what a saved frame or closure holds: names of scopes and live locals, sites, handlers. */
  #functionEntry({ id, kind, body, scopes, sites, handlers }: FunctionRecord): FunctionEntry {
    const layouts = scopes.map((index) => this.#scopes[index - this.#bases.scopes]);
    const shape = digest(JSON.stringify([kind, layouts, sites, handlers]));
    return sites === null ? { id, kind, scopes, body, shape } : { id, kind, scopes, sites, body, shape };
  }

  #place(node: t.Node) {
    const { start, end } = node.loc ?? { start: { line: 0, column: 0 }, end: { line: 0, column: 0 } };
    const endColumn = end.line === start.line ? end.column : undefined;
    return { file: this.file, source: this.source, line: start.line, column: start.column, endColumn };
  }
}

function isReserved(name: string): boolean {
  return /^\$(k|T|x\d+)$/.test(name);
}

function stampOf(node: t.Node): Stamp | undefined {
  const { extra } = node;
  return extra !== undefined && typeof extra.kawaitId === "string" ? (extra as unknown as Stamp) : undefined;
}

function idAllocator(given: ReadonlySet<string>): IdAllocator {
  const taken = new Set(given);
  return {
    of(node) {
      const stamp = stampOf(node);
      invariant(stamp !== undefined, `${node.type} has no id of its own, give one`);
      return stamp.kawaitId;
    },
    derive(parentId, name) {
      const base = parentId.includes("#") ? `${parentId}.${name}` : `${parentId}#${name}`;
      let id = base;
      for (let n = 2; taken.has(id); n++) id = `${base}~${n}`;
      taken.add(id);
      return id;
    },
  };
}
