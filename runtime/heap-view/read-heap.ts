/**
 * The reading side of heap format 1 that makes no objects of a script (grammar: `runtime/guest/heap/format.ts`).
 *
 * It is one function per step of the grammar and one switch over the tags; a tag that the switch lacks is `CorruptState`.
 */
import { KawaitError, type ProgramDebug, type ProgramTables } from "#protocol";
import { INTL_BOUND_CLASSES, INTL_NAMES, TYPED_ARRAY_NAMES } from "../guest/heap/class-names.ts";
import * as format from "../guest/heap/format.ts";
import { WELL_KNOWN_SYMBOL_NAMES } from "../guest/heap/well-known-symbol-names.ts";
import { WELL_KNOWN_INTRINSICS } from "../guest/image/intrinsic-names.ts";
import { AsyncFrame, AsyncGeneratorFrame, CollectionCursor, GeneratorFrame, RECORDS } from "../guest/records.ts";
import { ByteReader } from "./byte-reader.ts";
import { type ImageNames, valueText } from "./text.ts";
import type { HeapView, ViewFrame, ViewObject, ViewUnit, ViewValue } from "./view.ts";

type Body = (object: ViewObject) => void;

interface FoundFrame {
  readonly object: ViewObject;
  readonly index: number;
  readonly site: number;
  readonly isRunTimeCode: boolean;
  readonly unit: ViewUnit | undefined;
}

/** Of code made at run time, so much is shown. */
const CODE_CHARACTERS = 60;
const FRAMES: readonly unknown[] = [AsyncFrame, GeneratorFrame, AsyncGeneratorFrame];
const PROMISE_STATES = ["pending", "fulfilled", "rejected"];

/**
 * @param tables those of the program that the state names
 * @param debug positions of the sites, where they are wanted
 * @param imageNames what objects of the program's image are called in locals; else they are numbers
 * @throws KawaitError `CorruptState`, `UnknownFormatVersion`
 */
export function readHeap(
  heap: Uint8Array,
  tables: ProgramTables,
  debug?: ProgramDebug,
  imageNames?: ImageNames,
): HeapView {
  return new HeapReader(heap, tables, debug, imageNames).read();
}

class HeapReader {
  readonly #in: ByteReader;
  readonly #tables: ProgramTables;
  readonly #debug: ProgramDebug | undefined;
  readonly #imageNames: ImageNames | undefined;
  readonly #objects: ViewObject[] = [];
  readonly #bodies: (Body | undefined)[] = [];
  readonly #strings: string[] = [];
  readonly #shapes: string[][] = [];
  readonly #frames: FoundFrame[] = [];
  /** By object index. */
  readonly #units = new Map<number, Omit<ViewUnit, "index">>();
  readonly #symbols = new Map<number, ViewValue>();

  constructor(
    heap: Uint8Array,
    tables: ProgramTables,
    debug: ProgramDebug | undefined,
    imageNames: ImageNames | undefined,
  ) {
    this.#imageNames = imageNames;
    this.#in = new ByteReader(heap);
    this.#tables = tables;
    this.#debug = debug;
  }

  read(): HeapView {
    this.#openGraph();
    const root = this.#value();
    const changes = this.#changes();
    let at = 0;
    for (;;) {
      for (; at < this.#objects.length; at++) this.#bodies[at]?.(this.#objects[at]!);
      if (this.#in.isAtEnd()) break;
      this.#weakEntry(changes);
    }
    return { root, objects: this.#objects, frames: this.#frames.map((frame) => this.#frameView(frame)), changes };
  }

  #openGraph(): void {
    const version = this.#in.byte();
    if (version !== format.HEAP_FORMAT_VERSION) {
      throw new KawaitError(
        "UnknownFormatVersion",
        `The heap has format ${version}; this version reads ${format.HEAP_FORMAT_VERSION}.`,
      );
    }
    for (;;) {
      const tag = this.#in.byte();
      const length = this.#in.number();
      if (tag === format.SECTION_GRAPH) {
        this.#in.narrow(length);
        return;
      }
      if (tag % 2 === 1) throw corrupt(`a required section ${tag} that this version does not know`);
      this.#in.take(length);
    }
  }

  #changes(): ViewObject[] {
    const changes: ViewObject[] = [];
    const count = this.#in.number();
    for (let i = 0; i < count; i++) {
      const target = valueText(this.#value(), this.#objects);
      const change: ViewObject = { index: -1, kind: "changed", name: target, entries: [] };
      changes.push(change);
      const flags = this.#in.byte();
      if (flags & 1) this.#entry(change, "prototype");
      if (flags & 4)
        for (let n = this.#in.number(); n > 0; n--)
          change.entries.push({ label: `deleted ${this.#keyText()}`, value: { kind: "undefined" } });
      if (flags & 8) for (let n = this.#in.number(); n > 0; n--) this.#property(change);
      if (flags & 16) for (let n = this.#in.number(), k = 0; n > 0; n--, k++) this.#entry(change, `state ${k}`);
    }
    return changes;
  }

  /** An entry of a weak collection stands with it; that of one that the program made, with what the thread changed. */
  #weakEntry(changes: ViewObject[]): void {
    const collection = this.#value();
    const key = valueText(this.#value(), this.#objects);
    const form = this.#in.byte();
    const value: ViewValue =
      form === 2 ? this.#value() : form === 1 ? { kind: "boolean", value: true } : { kind: "undefined" };
    const label = form === 0 ? `deleted ${key}` : `entry ${key}`;
    if (collection.kind === "object") this.#objects[collection.index]!.entries.push({ label, value });
    else
      changes.push({
        index: -1,
        kind: "changed",
        name: valueText(collection, this.#objects),
        entries: [{ label, value }],
      });
  }

  #frameView(frame: FoundFrame): ViewFrame {
    const entry = this.#tables.functions[frame.index];
    const site = entry?.sites?.[frame.site];
    const locals = frame.object.entries
      .filter((one) => one.label.startsWith("local "))
      .map((one) => [one.label.slice(6), valueText(one.value, this.#objects, 0, this.#imageNames)] as const);
    return {
      functionIndex: frame.index,
      functionId: entry?.id ?? "",
      site: frame.site,
      siteKey: site?.key ?? "",
      position: this.#debug?.functions[frame.index]?.sites[frame.site],
      locals,
      isRunTimeCode: frame.isRunTimeCode,
      ...(frame.unit === undefined ? {} : { unit: frame.unit }),
    };
  }

  #add(kind: string, name: string, body: Body | undefined): ViewObject {
    const object: ViewObject = { index: this.#objects.length, kind, name, entries: [] };
    this.#objects.push(object);
    this.#bodies.push(body);
    return object;
  }

  #entry(object: ViewObject, label: string): void {
    object.entries.push({ label, value: this.#value() });
  }

  #value(): ViewValue {
    const tag = this.#in.byte();
    if (tag >= format.INTEGER_BASE) return { kind: "number", value: tag - format.INTEGER_BASE };
    if (tag >= format.BACK_BASE) return this.#back(tag - format.BACK_BASE);
    if (tag >= format.IMAGE_BASE) return { kind: "image", index: this.#wide(tag, format.IMAGE_BASE) };
    if (tag >= format.PLAIN_BASE) return this.#plain(this.#shapeAt(this.#wide(tag, format.PLAIN_BASE)));
    if (tag >= format.STRING_BASE) return this.#string(this.#stringAt(this.#wide(tag, format.STRING_BASE)));
    switch (tag) {
      case format.UNDEFINED:
        return { kind: "undefined" };
      case format.NULL:
        return { kind: "null" };
      case format.FALSE:
      case format.TRUE:
        return { kind: "boolean", value: tag === format.TRUE };
      case format.HOLE:
        return { kind: "hole" };
      case format.TDZ:
        return { kind: "uninitialised" };
      case format.NAN:
        return { kind: "number", value: NaN };
      case format.NEGATIVE_ZERO:
        return { kind: "number", value: -0 };
      case format.INTEGER: {
        const zigzag = this.#in.number();
        return { kind: "number", value: zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2 };
      }
      case format.FLOAT:
        return { kind: "number", value: this.#in.float() };
      case format.BIGINT:
        return { kind: "bigint", value: this.#bigint() };
      case format.NEW_STRING:
      case format.NEW_WIDE_STRING:
        return this.#string(this.#newString(tag));
      case format.STRING:
        return this.#string(this.#stringAt(this.#in.number()));
      case format.UNIQUE_SYMBOL: {
        const object = this.#add("symbol", "", undefined);
        const description = this.#value();
        const symbol: ViewValue = { kind: "symbol", name: description.kind === "string" ? description.value : "" };
        this.#symbols.set(object.index, symbol);
        return symbol;
      }
      case format.REGISTERED_SYMBOL:
        return { kind: "symbol", name: this.#text() };
      case format.WELL_KNOWN_SYMBOL:
        return { kind: "symbol", name: `Symbol.${WELL_KNOWN_SYMBOL_NAMES[this.#in.number()] ?? "?"}` };
      case format.BACK:
        return this.#back(this.#in.number());
      case format.IMAGE:
        return { kind: "image", index: this.#in.number() };
      case format.INTRINSIC: {
        const number = this.#in.number();
        return { kind: "intrinsic", path: number === 0 ? this.#text() : (WELL_KNOWN_INTRINSICS[number - 1] ?? "?") };
      }
      case format.WITH:
        for (let count = this.#in.number(); count > 0; count--) this.#value();
        return this.#value();
      case format.EXTRA:
        return this.#head(this.#in.byte(), true);
    }
    return this.#head(tag, false);
  }

  /** A head; where extras follow the body, the body reads them too. */
  #head(tag: number, hasExtras: boolean): ViewValue {
    const at = this.#objects.length;
    const value = this.#kind(tag);
    if (hasExtras) {
      const body = this.#bodies[at];
      this.#bodies[at] = (object) => {
        body?.(object);
        this.#extras(object);
      };
    }
    return value;
  }

  #kind(tag: number): ViewValue {
    if (tag >= format.ARRAY_BASE && tag < format.STRING_BASE) return this.#array(tag - format.ARRAY_BASE);
    if (tag >= format.RECORD_BASE && tag < format.RECORD_BASE + format.RECORD_LIMIT)
      return this.#record(tag - format.RECORD_BASE);
    if (tag >= format.SCOPE_BASE && tag < format.FUNCTION_BASE) return this.#scope(this.#wide(tag, format.SCOPE_BASE));
    if (tag >= format.FUNCTION_BASE && tag < format.FUNCTION_BASE + 8)
      return this.#closure(this.#wide(tag, format.FUNCTION_BASE));
    switch (tag) {
      case format.PLAIN:
        return this.#plain(this.#shapeAt(this.#in.number()));
      case format.NEW_PLAIN: {
        const reference = this.#add("object", "", undefined);
        return this.#filled(reference, this.#newShape());
      }
      case format.NULL_OBJECT: {
        const reference = this.#add("object", "null prototype", undefined);
        return this.#filled(reference, this.#shape());
      }
      case format.INSTANCE: {
        const reference = this.#add("object", "", undefined);
        const prototype = this.#value();
        this.#filled(reference, this.#shape());
        reference.entries.push({ label: "prototype", value: prototype });
        return { kind: "object", index: reference.index };
      }
      case format.DICTIONARY: {
        const head = this.#in.number();
        return this.#reference("object", head % 2 === 1 ? "null prototype" : "", (object) => {
          for (let count = (head - (head % 2)) / 2; count > 0; count--) this.#entry(object, this.#text());
        });
      }
      case format.EXACT:
        return this.#reference("object", "", (object) => this.#extras(object));
      case format.ARGUMENTS:
        return this.#reference("arguments", "", (object) => this.#extras(object));
      case format.ARRAY:
        return this.#array(this.#in.number());
      case format.SPARSE_ARRAY:
        return this.#reference("array", `length ${this.#in.number()}`, undefined);
      case format.MAP:
        return this.#map(this.#in.number());
      case format.SET: {
        const size = this.#in.number();
        return this.#reference("Set", "", (object) => {
          for (let i = 0; i < size; i++) this.#entry(object, String(i));
        });
      }
      case format.WEAK_MAP:
        return this.#reference("WeakMap", "", undefined);
      case format.WEAK_SET:
        return this.#reference("WeakSet", "", undefined);
      case format.MODULE_SCOPE:
        return this.#reference("module bindings", "", (object) => {
          for (let count = this.#in.number(); count > 0; count--) {
            this.#entry(object, this.#tables.globals[this.#in.number()] ?? "?");
          }
        });
      case format.PROMISE:
      case format.SUSPEND:
        return this.#reference("promise", "", (object) => this.#promise(object));
      case format.RECORD:
        return this.#record(this.#in.number());
      case format.SCOPE:
        return this.#scope(this.#in.number());
      case format.FUNCTION:
        return this.#closure(this.#in.number());
      default:
        return this.#withInputs(tag);
    }
  }

  /** Kinds whose heads have inputs, and no body. */
  #withInputs(tag: number): ViewValue {
    switch (tag) {
      case format.DATE:
        return this.#inputs("Date", () => ["time"]);
      case format.REGEXP: {
        const reference = this.#add("RegExp", "", (object) => this.#entry(object, "lastIndex"));
        this.#entry(reference, "source");
        this.#entry(reference, "flags");
        return { kind: "object", index: reference.index };
      }
      case format.ERROR:
        return this.#reference("Error", "", undefined);
      case format.BOXED:
        return this.#inputs("boxed", () => ["value"]);
      case format.GENERATOR:
        return this.#inputs("generator", () => ["frame"]);
      case format.BRANDED:
        return this.#inputs("runtime object", () => ["record"]);
      case format.CODE_UNIT: {
        const reference = this.#add("code made at run time", "", undefined);
        const kind = this.#in.byte();
        const text = this.#text();
        this.#units.set(reference.index, { kind, text, names: this.#text() });
        this.#in.number();
        return this.#renamed(reference, text.length > CODE_CHARACTERS ? `${text.slice(0, CODE_CHARACTERS)}…` : text);
      }
      case format.UNIT_FUNCTION:
      case format.UNIT_CLASS: {
        const reference = this.#add(tag === format.UNIT_CLASS ? "class" : "function", "made at run time", undefined);
        this.#entry(reference, "code");
        this.#in.number();
        for (let count = this.#in.number(), i = 0; i < count; i++) this.#entry(reference, `input ${i}`);
        return { kind: "object", index: reference.index };
      }
      case format.UNIT_SCOPE: {
        const reference = this.#add("scope", "", undefined);
        this.#entry(reference, "code");
        this.#in.number();
        return this.#filled(reference, this.#shape());
      }
      case format.UNIT_PART: {
        const value = this.#inputs("template object", () => ["code"]);
        this.#in.number();
        return value;
      }
      case format.PROTOTYPE_OF:
        return this.#inputs("prototype", () => ["function"]);
      case format.METHOD: {
        const value = this.#inputs("method", () => ["class"]);
        this.#in.number();
        return value;
      }
      case format.RUNTIME_FUNCTION:
        return this.#runtimeFunction();
      case format.CLASS: {
        const reference = this.#add("class", "", undefined);
        const index = this.#in.number();
        for (let count = this.#in.number(), i = 0; i < count; i++) this.#entry(reference, `input ${i}`);
        return this.#renamed(reference, this.#tables.classes[index]?.id ?? "?");
      }
      case format.BOUND: {
        const reference = this.#add("bound function", "", undefined);
        this.#entry(reference, "target");
        this.#entry(reference, "this");
        for (let count = this.#in.number(), i = 0; i < count; i++) this.#entry(reference, `argument ${i}`);
        return { kind: "object", index: reference.index };
      }
      case format.ARRAY_BUFFER:
        return this.#buffer();
      case format.TYPED_ARRAY:
        return this.#memoryView(TYPED_ARRAY_NAMES[this.#in.byte()] ?? "?");
      case format.DATA_VIEW:
        return this.#memoryView("DataView");
      case format.PROXY:
        return this.#proxy();
      case format.INTL:
        return this.#intl();
      case format.SEGMENTS:
        return this.#inputs("segments", () => ["segmenter", "text"]);
      default:
        throw corrupt(`an unknown tag ${tag}`);
    }
  }

  #reference(kind: string, name: string, body: Body | undefined): ViewValue {
    return { kind: "object", index: this.#add(kind, name, body).index };
  }

  #inputs(kind: string, labels: () => readonly string[]): ViewValue {
    const reference = this.#add(kind, "", undefined);
    for (const label of labels()) this.#entry(reference, label);
    return { kind: "object", index: reference.index };
  }

  #renamed(object: ViewObject, name: string): ViewValue {
    this.#objects[object.index] = { ...object, name };
    return { kind: "object", index: object.index };
  }

  #plain(keys: readonly string[]): ViewValue {
    return this.#filled(this.#add("object", "", undefined), keys);
  }

  #filled(object: ViewObject, keys: readonly string[]): ViewValue {
    this.#bodies[object.index] = (filled) => {
      for (const key of keys) this.#entry(filled, key);
    };
    return { kind: "object", index: object.index };
  }

  #array(length: number): ViewValue {
    return this.#reference("array", "", (object) => {
      for (let i = 0; i < length; i++) this.#entry(object, String(i));
    });
  }

  #map(size: number): ViewValue {
    return this.#reference("Map", "", (object) => {
      for (let i = 0; i < size; i++) {
        const key = this.#value();
        const label = valueText(key, this.#objects, 2);
        object.entries.push({ label: `key ${i}`, value: key });
        this.#entry(object, label);
      }
    });
  }

  #promise(object: ViewObject): void {
    const head = this.#in.byte();
    const state = head & 3;
    this.#objects[object.index] = { ...object, name: PROMISE_STATES[state] ?? "?" };
    this.#entry(object, state === 0 ? "wakes" : state === 1 ? "value" : "reason");
    if (state === 0) this.#entry(object, "source");
  }

  #scope(layout: number): ViewValue {
    const fields = this.#tables.scopes[layout] ?? [];
    return this.#reference("scope", "", (object) => {
      for (const field of fields) this.#entry(object, field);
    });
  }

  /** As many scopes as the function's definition takes. */
  #closure(index: number): ViewValue {
    const entry = this.#tables.functions[index];
    const reference = this.#add("function", entry?.id ?? "?", undefined);
    for (let i = 0; i < (entry?.scopes.length ?? 0); i++) this.#entry(reference, `scope ${i}`);
    return { kind: "object", index: reference.index };
  }

  #runtimeFunction(): ViewValue {
    const reference = this.#add("runtime function", "", undefined);
    this.#in.number();
    for (let count = this.#in.number(), i = 0; i < count; i++) this.#entry(reference, `scope ${i}`);
    return { kind: "object", index: reference.index };
  }

  #record(number: number): ViewValue {
    const entry = RECORDS[number];
    if (entry === undefined) throw corrupt("an unknown record");
    const isFrame = FRAMES.includes(entry.class);
    const isCursor = (entry.class as unknown) === CollectionCursor;
    return this.#reference(isFrame ? "frame" : entry.class.name, "", (object) => {
      if (isFrame) this.#frame(object, entry.fields);
      else for (const field of entry.fields) this.#entry(object, isCursor && field === "native" ? "position" : field);
    });
  }

  #frame(object: ViewObject, fields: readonly string[]): void {
    let index = -1;
    let site = 0;
    let isRunTimeCode = false;
    let unit: ViewUnit | undefined;
    for (const field of fields) {
      if (field === "d") {
        const zigzag = this.#in.number();
        if (zigzag === format.UNIT_DEFINITION) {
          this.#entry(object, "code");
          isRunTimeCode = true;
          const code = object.entries.at(-1)?.value;
          const text = code?.kind === "object" ? this.#units.get(code.index) : undefined;
          const number = this.#in.number();
          unit = text && { ...text, index: number };
        } else index = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
      } else if (field === "l") {
        const live = this.#tables.functions[index]?.sites?.[site]?.live ?? [];
        const count = this.#in.number() - 1;
        for (let i = 0; i < count; i++) this.#entry(object, `local ${live[i] ?? i}`);
      } else {
        const value = this.#value();
        if (field === "pc" && value.kind === "number") site = value.value;
        object.entries.push({ label: field, value });
      }
    }
    this.#objects[object.index] = { ...object, name: this.#tables.functions[index]?.id ?? "runtime" };
    this.#frames.push({ object: this.#objects[object.index]!, index, site, isRunTimeCode, unit });
  }

  #buffer(): ViewValue {
    const state = this.#in.byte();
    if (state === 2) return this.#reference("ArrayBuffer", "detached", undefined);
    const length = this.#in.number();
    if (state === 1) this.#in.number();
    this.#in.take(length);
    return this.#reference("ArrayBuffer", `${length} bytes`, undefined);
  }

  #proxy(): ViewValue {
    const reference = this.#add("Proxy", "", undefined);
    if (this.#in.byte() !== 0) return this.#renamed(reference, "revoked");
    this.#entry(reference, "target");
    this.#entry(reference, "handler");
    return { kind: "object", index: reference.index };
  }

  #intl(): ViewValue {
    const kind = this.#in.number();
    const name = INTL_NAMES[kind];
    if (name === undefined) throw corrupt("an unknown class of Intl");
    const hasBound = kind < INTL_BOUND_CLASSES;
    const reference = this.#add(`Intl.${name}`, "", hasBound ? (object) => this.#entry(object, "bound") : undefined);
    const locale = this.#text();
    for (let count = this.#in.number(); count > 0; count--) this.#entry(reference, this.#text());
    return this.#renamed(reference, locale);
  }

  #memoryView(kind: string): ViewValue {
    const reference = this.#add(kind, "", undefined);
    this.#entry(reference, "buffer");
    const offset = this.#in.number();
    const length = this.#in.number();
    return this.#renamed(reference, `at ${offset}${length === 0 ? "" : `, ${length - 1} elements`}`);
  }

  #extras(object: ViewObject): void {
    const flags = this.#in.byte();
    if (flags & format.HAS_PROTOTYPE) this.#entry(object, "prototype");
    if (flags & format.HAS_PROPERTIES) for (let count = this.#in.number(); count > 0; count--) this.#property(object);
    if (flags & format.HAS_PRIVATE_STATE) {
      for (let count = this.#in.number(); count > 0; count--) {
        const number = this.#in.number();
        const name = number === 0 ? valueText(this.#value(), this.#objects) : this.#tables.classes[number - 1];
        if (typeof name === "string") this.#entry(object, `private ${ownName(name)}`);
        else if (name?.isPrivateName === true) this.#entry(object, `private ${ownName(name.id)}`);
        // One that the load made, or of a program that came with no names.
        else this.#entry(object, `private name ${number - 1}`);
      }
    }
  }

  #property(object: ViewObject): void {
    const key = this.#keyText();
    const attributes = this.#in.byte();
    if ((attributes & format.STACK) !== 0 || (attributes & format.ACCESSOR) === 0) this.#entry(object, key);
    else {
      this.#entry(object, `get ${key}`);
      this.#entry(object, `set ${key}`);
    }
  }

  #keyText(): string {
    const key = this.#value();
    if (key.kind === "string") return key.value;
    return key.kind === "symbol" ? `[${key.name}]` : "?";
  }

  #back(index: number): ViewValue {
    if (index >= this.#objects.length) throw corrupt("a reference to an object that is not there yet");
    return this.#symbols.get(index) ?? { kind: "object", index };
  }

  #wide(tag: number, base: number): number {
    return ((tag - base) << 8) | this.#in.byte();
  }

  #string(value: string): ViewValue {
    return { kind: "string", value };
  }

  #text(): string {
    const value = this.#value();
    if (value.kind !== "string") throw corrupt("a string was expected");
    return value.value;
  }

  #newString(tag: number): string {
    const text = tag === format.NEW_STRING ? this.#in.latin1() : this.#in.utf16();
    this.#strings.push(text);
    return text;
  }

  #stringAt(number: number): string {
    const text = this.#tables.strings[number] ?? this.#strings[number - this.#tables.strings.length];
    if (text === undefined) throw corrupt("an unknown string");
    return text;
  }

  #newShape(): string[] {
    const keys: string[] = [];
    for (let count = this.#in.number(); count > 0; count--) keys.push(this.#text());
    this.#shapes.push(keys);
    return keys;
  }

  #shape(): readonly string[] {
    const number = this.#in.number();
    return number === 0 ? this.#newShape() : this.#shapeAt(number - 1);
  }

  #shapeAt(number: number): readonly string[] {
    const keys = this.#tables.shapes[number] ?? this.#shapes[number - this.#tables.shapes.length];
    if (keys === undefined) throw corrupt("an unknown shape");
    return keys;
  }

  #bigint(): bigint {
    const head = this.#in.number();
    const bytes = this.#in.take((head - (head % 2)) / 2);
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    return head % 2 === 1 ? -value : value;
  }
}

/** Of the id of a private name, `main.ts#Account.#balance`. */
const ownName = (id: string): string => id.slice(id.lastIndexOf("#"));

function corrupt(what: string): KawaitError {
  return new KawaitError("CorruptState", `The heap does not fit its grammar: ${what}.`);
}
