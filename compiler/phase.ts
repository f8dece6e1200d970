/**
 * The seam between the phases of the compiler: what a phase is given for one module, and where it leaves its tables.
 *
 * A phase takes the Babel AST of one module and changes it in place. Order per module:
 *
 *   parse (TypeScript stripped, function ids and body hashes stamped on the nodes)
 *   → modules (imports, exports, CommonJS, mutable module-level bindings → `$k.g.x`)
 *   → closures → frames → generate → link
 *
 * After the modules phase the Program holds plain statements only; "module level" is Program's body. References to
 * imports are member expressions of script-level constants (`$x2.foo`), `$k.g.…` or `$k.api.…`: to later phases they
 * are free names.
 *
 * Boundary: indexes are handed out here, absolute in the program's tables; the linker renumbers nothing. Positions go
 * into debug, everything else into the tables that the program's hash covers, so nothing here may depend on the
 * machine (I2, I6).
 */
import type { types as t } from "@babel/core";
import type { FunctionKind, SiteEntry, SourcePosition } from "#protocol";

/** Names that the linker's script declares around every module's function: no module may declare or shadow them. */
export const SCRIPT_NAMES = { abi: "$k", tdz: "$T", exportsPrefix: "$x" } as const;

/** What the parse phase stamps on every function and class node, in `node.extra`. */
export interface Stamp {
  /** `<moduleId>#outer.inner`, unique in the program. */
  readonly kawaitId: string;
  /** Hash of the normalised body: types gone, nested functions replaced by their ids. */
  kawaitBody: string;
  /** Place in the module's list of spans; absent for what the compiler made. */
  kawaitMark?: number;
  /** Set by the closures phase: place in `tables.functions` (functions) or `tables.classes` (classes). */
  kawaitIndex?: number;
}

export interface IdAllocator {
  /** The id of a function or class node as written in the source. Throws for a node that the compiler itself made. */
  of(node: t.Node): string;
  /** The id of a function that a phase makes inside another: `parent.name`, with `~n` when taken. */
  derive(parentId: string, name: string): string;
}

/** What every phase adds to for one module. */
export interface ModuleContext {
  readonly moduleIndex: number;
  /** `<package>/<path>`; first-party: the path relative to the deployed folder. */
  readonly moduleId: string;
  readonly firstParty: boolean;
  readonly kind: "esm" | "commonjs" | "json" | "script";
  /** The original source, as written. */
  readonly source: string;
  /** Relative path for messages. */
  readonly file: string;
  readonly strict: boolean;
  readonly ids: IdAllocator;

  /**
   * Adds a function; gives its index in `tables.functions` and stamps it on the node (`extra.kawaitIndex`). Id and body
   * hash are the node's stamp unless `id` is given (then `body` is the hash of that id: for functions that a phase made).
   */
  addFunction(node: t.Node, kind: FunctionKind, id?: string): number;
  /** Layout indexes of the scope objects that the function's maker takes, in order. */
  setScopes(functionIndex: number, scopes: readonly number[]): void;
  /**
   * The places where the function's frame can be saved; site 0 is the entry. `positions[i]` is where site i stands.
   * `handlers` (ranges of `try`) goes into the shape hash only.
   */
  setSites(
    functionIndex: number,
    sites: readonly SiteEntry[],
    positions: readonly SourcePosition[],
    handlers?: unknown,
  ): void;
  /** Adds a class; gives its index in `tables.classes` and stamps it on the node. Id as for functions. */
  addClass(node: t.Node, id?: string): number;
  /** Adds the slot class of a private name whose class is evaluated once; gives its index in `tables.classes`. */
  addPrivateName(id: string): number;
  setClassScopes(classIndex: number, scopes: readonly number[]): void;
  /** Adds a scope layout; gives its index. Not deduplicated across functions: names in order. */
  addScope(fields: readonly string[]): number;

  /** Counts a tagged-template site; gives its index, unique in the program. */
  addTemplate(): number;

  /** A string that states may hold. Those that the source holds are there already. */
  addString(value: string): void;
  /** Keys of an object that states may hold, in order. Those of object literals in the source are there already. */
  addShape(keys: readonly string[]): void;

  /** Where a node stands in the original source; a node without a position takes that of `fallback`. */
  position(node: t.Node, fallback?: t.Node): SourcePosition;

  /**
   * A construct that cannot be compiled: CompileError with code frame. For first-party code, and for everything around
   * a suspension (CONTINUATIONS §12 in short: never silently wrong).
   */
  error(code: string, node: t.Node, message: string): never;
  /**
   * The same construct in a package, not around a suspension: it stays as written, with a warning; a value of it that
   * the encoder reaches is `UnserializableValue`. In first-party code this is `error`.
   */
  leaveNative(code: string, node: t.Node, message: string): void;
  /** What runs, and not as its author may expect. */
  warn(code: string, message: string, node: t.Node): void;

  /** Puts a definition at module level, before the module's own statements, in call order. */
  hoist(statement: t.Statement): void;
  /** An identifier starting with `$` that no name of the module clashes with, in any scope. */
  uniqueName(base: string): string;
}

export type Phase = (program: t.File, context: ModuleContext) => void;
