/**
 * What the codec is told about a context, once, after the program was loaded. Indexes are those of the program's tables, or
 * of the runtime's own lists, which only ever grow at their end: they are part of the format (I6).
 */
import type { ProgramTables } from "#protocol";
import type { ProgramImage } from "../image/index.ts";
import type { RecordClass } from "../records.ts";
import type { Definition } from "../registry.ts";

/** A private name's slot class, as `$k.slot` registers it. */
export interface PrivateNameClass {
  new (target: object, value: unknown): object;
  has(target: object): boolean;
  get(target: object): unknown;
  set(target: object, value: unknown): unknown;
}

export interface HeapBindings {
  readonly tables: Pick<ProgramTables, "strings" | "shapes" | "scopes" | "functions" | "globals">;
  readonly image: ProgramImage;
  /** The sentinel of an uninitialised binding. */
  readonly tdz: object;
  /** Below zero: the runtime's own. */
  definition(index: number): Definition | undefined;
  /** By index into `tables.scopes`: the class takes the fields in order. */
  readonly scopes: readonly (RecordClass | undefined)[];
  /** Makes a class and stamps it (`stampClass`); takes scopes, parent and computed keys. Runs no static element. */
  makeClass(index: number, inputs: readonly unknown[]): object;
  /** In the order of registration. */
  readonly privateNames: readonly PrivateNameClass[];
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
