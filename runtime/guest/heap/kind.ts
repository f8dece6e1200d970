/**
 * What one kind of value is to the codec. Each kind is one file in `kinds/`; the table there asserts that it is complete.
 */
import type { Reader } from "./reader.ts";
import type { ShapeTemplate } from "./shapes.ts";
import type { Writer } from "./writer.ts";

/** What a kind needs to be written; see `encoder.ts`. */
export interface Encoder {
  readonly out: Writer;
  /** Attributes are checked before each head. */
  readonly careful: boolean;
  value(value: unknown): void;
  /** An array that one record holds and nothing else, nor any script: it is met here and never again. */
  ownList(list: readonly unknown[]): void;
  string(value: string): void;
  /** The number of a key list, or -1 when it is new: then it has the next number from here on. */
  shapeNumber(keys: readonly string[]): number;
  keys(keys: readonly string[]): void;
  /** A shape where no tag can carry its number: 0 and the keys when it is new. */
  shape(keys: readonly string[]): void;
  /** Whether a value needs no head any more. */
  isKnown(value: object): boolean;
}

/** What a kind needs to be read; see `decoder.ts`. */
export interface Decoder {
  readonly reader: Reader;
  value(): unknown;
  object(): object;
  text(): string;
  key(): string | symbol;
  /** Takes the next index, before the inputs of the head are read. */
  reserve(): number;
  place(index: number, object: object | symbol, body: BodyReader | undefined, detail: unknown): void;
  /** Takes the next index for an object without inputs. */
  add<T extends object>(object: T, body: BodyReader | undefined, detail: unknown): T;
  newShape(): ShapeTemplate;
  shapeAt(number: number): ShapeTemplate;
  shape(): ShapeTemplate;
  /** Something to be done when the whole graph is there. */
  atEnd(action: () => void): void;
}

/** Reads what follows a tag; allocates the object and gives it its index. */
export type HeadReader = (decoder: Decoder, tag: number) => unknown;

/** What stands for an element that is not there. */
export const HOLE: object = {};

/** Shows one outgoing reference: what the holder calls it, and the value. Return true to stop. */
export type EdgeVisitor = (label: string, value: unknown) => boolean;

export interface Kind {
  readonly name: string;
  /** A record that the runtime goes on changing, whoever it belongs to. */
  readonly isMutable?: true;
  /**
   * Writes the head: tag and inputs. The result is handed to `writeBody`.
   * @throws HeapError `UnserializableValue`
   */
  writeHead(encoder: Encoder, value: object): unknown;
  writeBody(encoder: Encoder, value: object, detail: unknown): void;
  /** The references of a body or head, in no hurry: for paths in errors. Properties of the object are visited elsewhere. */
  visitEdges(value: object, visit: EdgeVisitor): boolean;
}

/** A kind that has a brand of its own, and on top of it may have properties, another prototype, … (`extras.ts`). */
export interface BrandedKind extends Kind {
  /** Whether a value is of this kind, whatever its prototype. Runs no guest code. */
  is(value: object): boolean;
  /** `is` neither throws inside nor costs much. */
  readonly probesCheaply?: true;
  /** Head and body write the extras themselves, because there always are some. */
  readonly alwaysWritesExtras?: true;
  /** How many own properties every fresh object of this kind has. */
  ownPropertyCount(value: object): number;
  /** Whether a property is restored by head and body, and so never listed in extras. */
  isOwnProperty(value: object, key: PropertyKey): boolean;
  /** Where listing the names would take long: whether there are no others, as far as assignments can tell. */
  hasNoOtherNames?(value: object): boolean;
  /** Whether properties that `ownPropertyCount` counts are not as on a fresh object. */
  hasChangedProperties(value: object): boolean;
  /** The prototype that the decoder gives a fresh object; `undefined` where that is not certain. */
  prototypeOf(value: object): object | null | undefined;
}

/** Fills an object whose head was read. */
export type BodyReader = (decoder: Decoder, object: never, detail: unknown) => void;
