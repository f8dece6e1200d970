/**
 * What the compiler makes and the engine deploys: code, tables, debug.
 *
 * The hash covers ABI version, code and tables, never `debug`: positions and source texts may change without making
 * another program. No absolute paths anywhere.
 */
import type { Limits } from "./limits.ts";

export type FunctionKind =
  | "normal"
  | "arrow"
  | "method"
  | "getter"
  | "setter"
  | "constructor"
  | "async"
  | "generator"
  | "asyncGenerator";

/** A place where a frame can be saved. Site 0 is the entry. */
export interface SiteEntry {
  /** Kind and path in the body's syntax tree, e.g. `await/body.0.init`; stable under edits elsewhere. */
  readonly key: string;
  /** Names of the live locals, in the order in which the frame holds their values. */
  readonly live: readonly string[];
}

export interface FunctionEntry {
  /** `<package>/<path>#outer.inner` */
  readonly id: string;
  readonly kind: FunctionKind;
  /** Indexes into `scopes`: the layouts of the scope objects that the maker takes, in order. */
  readonly scopes: readonly number[];
  /** Absent: the function does not suspend. */
  readonly sites?: readonly SiteEntry[];
  /** Hash of the normalised body. */
  readonly body: string;
  /** Hash of scopes, live slots and handler ranges. */
  readonly shape: string;
}

export interface ClassEntry {
  readonly id: string;
  readonly scopes: readonly number[];
  /** The slot class of a private name of a class that is evaluated once: a state names it by its place here. */
  readonly isPrivateName?: true;
}

export interface ModuleEntry {
  /** `<package>/<path>` */
  readonly id: string;
  readonly kind: "esm" | "commonjs" | "json" | "script";
  readonly strict: boolean;
}

export interface ProgramTables {
  readonly functions: readonly FunctionEntry[];
  readonly classes: readonly ClassEntry[];
  /** Scope layouts: names of the fields in order. */
  readonly scopes: readonly (readonly string[])[];
  /** Names of the module scope bindings in `$k.g`, sorted. */
  readonly globals: readonly string[];
  readonly modules: readonly ModuleEntry[];
  /** Index of the entry module. */
  readonly entry: number;
  /** Strings that the program's source holds (property names, literals): a state names them by index. */
  readonly strings: readonly string[];
  /** Key lists of object literals in the source. */
  readonly shapes: readonly (readonly string[])[];
}

/** [source index, line (1-based), column (0-based)] */
export type SourcePosition = readonly [number, number, number];

/** Where a function or class stands in its source, in UTF-16 units [start, end), and what a stack calls it ("": nothing). */
export type FunctionSpan = readonly [start: number, end: number, name: string];

export interface ProgramDebug {
  /** Relative paths. */
  readonly sources: readonly string[];
  readonly sourcesContent: readonly string[];
  /** By function index: its position, and those of its sites. */
  readonly functions: readonly { readonly at: SourcePosition; readonly sites: readonly SourcePosition[] }[];
  /** By source: its functions and classes, outer ones first. A mark in the code names one by source and place here. */
  readonly spans: readonly (readonly FunctionSpan[])[];
  /** Source map (version 3, JSON) of `code`. */
  readonly map: string;
}

/** What a script declares of itself: `export const workflow = { … }` of its entry module. */
export interface ProgramSettings {
  /** A `new:` without a name starts this one. */
  readonly default?: boolean;
  readonly limits?: Partial<Limits>;
}

export interface Program {
  /** Workflow name: file name without extension. */
  readonly name: string;
  /** Absent: the script declares nothing. */
  readonly settings?: ProgramSettings;
  readonly abi: number;
  /** Hex SHA-256 of (abi, code, tables). */
  readonly hash: string;
  readonly code: string;
  readonly tables: ProgramTables;
  readonly debug: ProgramDebug;
}

/** The text whose SHA-256 is the program's hash: the same on every system. */
export function programHashInput(abi: number, code: string, tables: ProgramTables): string {
  return JSON.stringify([abi, code, tables]);
}

/** `file:line:column` of a site in the author's source, line and column from 1; null when it is not known. */
export function sitePosition(program: Program | undefined, functionIndex: number, site: number): string | null {
  const at = program?.debug.functions[functionIndex]?.sites[site];
  if (program === undefined || at === undefined) return null;
  const [source, line, column] = at;
  return `${program.debug.sources[source]}:${line}:${column + 1}`;
}
