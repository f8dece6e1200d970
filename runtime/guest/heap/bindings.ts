/**
 * What the codec is told about a context, once, after the program was loaded. The places in these lists are part of the
 * format: runtime lists only ever grow at their end; program lists are those of the program's tables (I6).
 */
import type { ProgramImage } from "../image/index.ts";

/** The part of `ProgramTables` that the codec reads. */
export interface HeapTables {
  readonly strings: readonly string[];
  readonly shapes: readonly (readonly string[])[];
}

/** A class of runtime records: never visible to a script, saved as its fields in order. */
export interface RecordBinding {
  readonly name: string;
  readonly prototype: object;
  readonly fields: readonly string[];
  /** Makes an instance with all fields present, values to be overwritten. */
  readonly make: () => object;
}

/** A scope layout of the program: the class takes the fields in order. */
export interface ScopeBinding {
  readonly Class: new (...fields: unknown[]) => object;
  readonly fields: readonly string[];
}

/**
 * A definition of functions, of the program or of the runtime: `make(...scopes)` gives a function with its hidden slot set,
 * and runs no guest code.
 */
export interface FunctionBinding {
  readonly index: number;
  readonly make: (...scopes: never[]) => BuiltFunction;
}

export type BuiltFunction = (...args: never[]) => unknown;

/** A definition of classes: `make(...scopes, parent, ...computedKeys)` evaluates the class without its static elements. */
export interface ClassBinding {
  readonly index: number;
  readonly make: (...inputs: never[]) => BuiltFunction;
}

export interface HeapBindings {
  readonly tables: HeapTables;
  readonly image: ProgramImage;
  readonly records: readonly RecordBinding[];
  readonly scopes: readonly (ScopeBinding | undefined)[];
  /** By index into `tables.functions`. */
  readonly functions: readonly (FunctionBinding | undefined)[];
  readonly runtimeFunctions: readonly FunctionBinding[];
  /** Frame definitions by index into `tables.functions`. */
  readonly frames: readonly (object | undefined)[];
  readonly classes: readonly (ClassBinding | undefined)[];
}

export interface ThreadCodec {
  /**
   * Encodes everything reachable from `roots`, a runtime record.
   * @throws HeapError `UnserializableValue` with the path to the value.
   */
  encodeThread(roots: object): Uint8Array;
  /**
   * Decodes into this context, which must be as it was after the load of the program (private mode) or frozen (shared).
   * @throws HeapError `CorruptState`, `UnknownFormatVersion`
   */
  decodeThread(bytes: Uint8Array): object;
}
