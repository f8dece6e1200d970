/**
 * Bytes → graph. Objects are allocated where their heads stand and filled in the order of their indexes, so nothing nests.
 *
 * Boundary: as in `encoder.ts`. Prototypes, properties and private state of a kind are given back by its file and `extras.ts`.
 * Holds I3 (what comes out cannot be told from what went in), I4 (bytes that do not fit are `CorruptState`), I5.
 */
import { imageObjectAt } from "../image/index-table.ts";
import { WELL_KNOWN_INTRINSICS } from "../image/intrinsic-names.ts";
import { intrinsicAt } from "../image/intrinsics.ts";
import { append, bareList, floor, NativeSymbol } from "../primordials.ts";
import { TDZ } from "../registry.ts";
import { forgetDecoded, keepDecoded } from "./decoded.ts";
import { readExtras } from "./extras.ts";
import * as format from "./format.ts";
import { corrupt } from "./heap-error.ts";
import { type BodyReader, type Decoder, HOLE } from "./kind.ts";
import { headReaders } from "./kinds/index.ts";
import { List } from "./list.ts";
import { symbolFor } from "./natives.ts";
import { readBigInt } from "./numbers.ts";
import type { Reader } from "./reader.ts";
import { ShapeTemplate, startCopies } from "./shapes.ts";
import { trustProperties } from "./suspicion.ts";
import { tableShapeAt, tableShapes, tableStrings } from "./tables.ts";
import { WELL_KNOWN_SYMBOLS } from "./well-known-symbols.ts";

/** Without a remainder: of numbers that may be large the engine asks the C library for it. */
function integerOf(zigzag: number): number {
  if (zigzag >>> 0 === zigzag) return (zigzag & 1) === 0 ? zigzag >>> 1 : -(zigzag >>> 1) - 1;
  const half = floor(zigzag / 2);
  return half * 2 === zigzag ? half : -half - 1;
}

export class GraphDecoder implements Decoder {
  reader!: Reader;
  private count = 0;
  private current = -1;
  private readonly objects: List<object | symbol> = new List();
  private readonly bodies: List<BodyReader | undefined> = new List();
  private readonly details: List<unknown> = new List();
  /** Indexes of those that have extras, ascending. */
  private readonly extras: List<number> = new List();
  private extraCount = 0;
  private nextExtra = 0;
  private readonly strings: List<string> = new List();
  private stringCount = 0;
  private readonly shapes: List<ShapeTemplate> = new List();
  private shapeCount = 0;
  private hasExtras = false;
  private endActions: (() => void)[] = [];

  begin(reader: Reader): void {
    this.forget();
    startCopies();
    trustProperties();
    this.reader = reader;
    this.current = -1;
    this.stringCount = 0;
    this.shapeCount = 0;
    this.extraCount = 0;
    this.nextExtra = 0;
    this.hasExtras = false;
    this.endActions = [];
  }

  drain(): void {
    const objects = this.objects.items;
    const bodies = this.bodies.items;
    const details = this.details.items;
    for (let i = this.current + 1; i < this.count; i++) {
      this.current = i;
      const body = bodies[i];
      if (body !== undefined) body(this, objects[i] as never, details[i]);
      if (this.nextExtra < this.extraCount && this.extras.items[this.nextExtra] === i) {
        this.nextExtra++;
        readExtras(this, objects[i] as object);
        // It may have other properties than its shape tells.
        details[i] = undefined;
      }
    }
  }

  /** Something to be done when the whole graph is there. */
  atEnd(action: () => void): void {
    append(this.endActions, action);
  }

  /** Runs what `atEnd` gathered. */
  complete(): void {
    const actions = this.endActions;
    this.endActions = [];
    for (let i = 0; i < actions.length; i++) actions[i]!();
  }

  /** Forgets what the graph was made with; its objects are known until it is encoded (`decoded.ts`). */
  end(): void {
    keepDecoded(this.objects.items, this.details.items, this.count);
    this.strings.clear(this.stringCount);
    this.shapes.clear(this.shapeCount);
  }

  /** Forgets the graph, so that nothing of a thread outlives its step here. */
  forget(): void {
    forgetDecoded();
    this.objects.clear(this.count);
    this.details.clear(this.count);
    this.count = 0;
  }

  value(): unknown {
    const { reader } = this;
    const tag = reader.byte();
    if (tag >= format.INTEGER_BASE) return tag - format.INTEGER_BASE;
    if (tag >= format.BACK_BASE) return this.back(tag - format.BACK_BASE);
    if (tag >= format.IMAGE_BASE) return this.image(((tag - format.IMAGE_BASE) << 8) | reader.byte());
    if (tag >= format.PLAIN_BASE) return headReaders[format.PLAIN_BASE]!(this, tag);
    if (tag >= format.STRING_BASE) return this.stringAt(((tag - format.STRING_BASE) << 8) | reader.byte());
    switch (tag) {
      case format.UNDEFINED:
        return undefined;
      case format.NULL:
        return null;
      case format.FALSE:
        return false;
      case format.TRUE:
        return true;
      case format.HOLE:
        return HOLE;
      case format.TDZ:
        return TDZ;
      case format.NAN:
        return NaN;
      case format.NEGATIVE_ZERO:
        return -0;
      case format.INTEGER:
        return integerOf(reader.varint());
      case format.FLOAT:
        return reader.float();
      case format.BIGINT:
        return readBigInt(reader);
      case format.NEW_STRING:
        return this.newString(reader.narrowString());
      case format.NEW_WIDE_STRING:
        return this.newString(reader.wideString());
      case format.STRING:
        return this.stringAt(reader.varint());
      case format.WELL_KNOWN_SYMBOL:
        return WELL_KNOWN_SYMBOLS[reader.varint()] ?? corrupt("an unknown symbol");
      case format.REGISTERED_SYMBOL:
        return symbolFor(this.text());
      case format.UNIQUE_SYMBOL: {
        const index = this.reserve();
        const symbol = NativeSymbol(this.value() as string | undefined);
        this.place(index, symbol, undefined, undefined);
        return symbol;
      }
      case format.BACK:
        return this.back(reader.varint());
      case format.IMAGE:
        return this.image(reader.varint());
      case format.INTRINSIC:
        return this.intrinsic();
      case format.WITH: {
        const count = reader.count();
        for (let i = 0; i < count; i++) this.value();
        return this.value();
      }
      case format.EXTRA:
        this.hasExtras = true;
        return this.head(reader.byte());
    }
    return this.head(tag);
  }

  private head(tag: number): unknown {
    const read = headReaders[tag];
    if (read === undefined) corrupt(`an unknown tag ${tag}`);
    return read(this, tag);
  }

  /** The value must be an object: a reference, or a head. */
  object(): object {
    const value = this.value();
    if ((typeof value === "object" && value !== null) || typeof value === "function") return value;
    return corrupt("an object was expected");
  }

  text(): string {
    const value = this.value();
    return typeof value === "string" ? value : corrupt("a string was expected");
  }

  key(): string | symbol {
    const value = this.value();
    return typeof value === "string" || typeof value === "symbol" ? value : corrupt("a key was expected");
  }

  /** Takes the next index, before the inputs of the head are read. */
  reserve(): number {
    const index = this.count++;
    this.objects.items[index] = undefined;
    if (this.hasExtras) {
      this.extras.put(this.extraCount++, index);
      this.hasExtras = false;
    }
    return index;
  }

  place(index: number, object: object | symbol, body: BodyReader | undefined, detail: unknown): void {
    this.objects.items[index] = object;
    this.bodies.items[index] = body;
    this.details.items[index] = detail;
  }

  /** Takes the next index for an object without inputs. */
  add<T extends object>(object: T, body: BodyReader | undefined, detail: unknown): T {
    this.place(this.reserve(), object, body, detail);
    return object;
  }

  keys(): string[] {
    const count = this.reader.count();
    const keys: string[] = bareList();
    for (let i = 0; i < count; i++) keys[i] = this.text();
    return keys;
  }

  newShape(): ShapeTemplate {
    const shape = new ShapeTemplate(this.keys());
    this.shapes.put(this.shapeCount++, shape);
    return shape;
  }

  shapeAt(number: number): ShapeTemplate {
    if (number < tableShapes.count) return tableShapeAt(number);
    const own = number - tableShapes.count;
    return own < this.shapeCount ? this.shapes.items[own]! : corrupt("an unknown shape");
  }

  shape(): ShapeTemplate {
    const number = this.reader.varint();
    return number === 0 ? this.newShape() : this.shapeAt(number - 1);
  }

  private newString(text: string): string {
    this.strings.put(this.stringCount++, text);
    return text;
  }

  private stringAt(number: number): string {
    if (number < tableStrings.count) return tableStrings.texts[number]!;
    const own = number - tableStrings.count;
    return own < this.stringCount ? this.strings.items[own]! : corrupt("an unknown string");
  }

  private back(index: number): unknown {
    return this.objectsAt(index) ?? corrupt("a reference to an object that is not there yet");
  }

  private objectsAt(index: number): object | symbol | undefined {
    return index < this.count ? this.objects.items[index] : undefined;
  }

  private intrinsic(): object {
    const number = this.reader.varint();
    const path = number === 0 ? this.text() : WELL_KNOWN_INTRINSICS[number - 1];
    if (path === undefined) corrupt("an unknown intrinsic");
    return intrinsicAt(path) ?? corrupt(`this engine has no ${path}`);
  }

  private image(index: number): unknown {
    return imageObjectAt(index) ?? corrupt("a reference to an unknown object of the program");
  }
}
