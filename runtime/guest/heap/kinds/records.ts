/**
 * What the runtime itself keeps between a thread's roots and the script's objects. No script can reach these, so a class is
 * known by its prototype, and no property can be there that the class did not make.
 *
 *   RECORD class           body: fields in the order of the class's table entry
 *   SCOPE layout           body: fields in the order of the layout
 *
 * Fields with a form of their own: `d`, a definition, as its zigzag index; `l`, the live values of a frame, which
 * nothing else holds, in place; `native` of a CollectionCursor as the number of
 * entries that it has passed.
 */
import { UNIT_BASE } from "../../dynamic/code-unit.ts";
import { cursorPosition, entriesOf, moveCursor } from "../../iterators.ts";
import { mapSet } from "../../primordials.ts";
import {
  AsyncFrame,
  CollectionCursor,
  Combinator,
  ElementReaction,
  type Job,
  RECORDS,
  type RecordClass,
  Suspension,
  ThenReaction,
  Thread,
  type Timer,
} from "../../records.ts";
import { type Definition, definitionAt, registry } from "../../registry.ts";
import * as format from "../format.ts";
import { corrupt } from "../heap-error.ts";
import type { BodyReader, Decoder, Encoder, HeadReader, Kind } from "../kind.ts";
import { places, setElement } from "./array.ts";
import { readUnitDefinition, writeUnitDefinition } from "./code-unit.ts";

type Fields = Record<string, unknown>;

function writeDefinition(encoder: Encoder, definition: Definition): void {
  const { index } = definition;
  if (index <= UNIT_BASE) writeUnitDefinition(encoder, definition);
  else encoder.out.index(index < 0 ? -2 * index - 1 : 2 * index);
}

function readDefinition(decoder: Decoder): Definition {
  const zigzag = decoder.reader.varint();
  if (zigzag === format.UNIT_DEFINITION) return readUnitDefinition(decoder);
  const definition = definitionAt(zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2);
  return definition ?? corrupt("an unknown function");
}

/** 0 for none, else the count plus one, and the values. */
function writeLocals(encoder: Encoder, locals: unknown[] | undefined): void {
  if (locals === undefined) {
    encoder.out.byte(0);
    return;
  }
  encoder.out.index(locals.length + 1);
  for (let i = 0; i < locals.length; i++) encoder.value(locals[i]);
}

function readLocals(decoder: Decoder): unknown[] | undefined {
  const count = decoder.reader.count() - 1;
  if (count < 0) return undefined;
  const locals = places(count);
  for (let i = 0; i < count; i++) setElement(locals, i, decoder.value());
  return locals;
}

function visitFields(
  value: object,
  fields: readonly string[],
  visit: (label: string, value: unknown) => boolean,
): boolean {
  for (let i = 0; i < fields.length; i++) if (visit(fields[i]!, (value as Fields)[fields[i]!])) return true;
  return false;
}

function recordKind(number: number, name: string, fields: readonly string[]): Kind {
  return {
    name,
    isMutable: true,
    writeHead(encoder) {
      if (number < format.RECORD_LIMIT) encoder.out.byte(format.RECORD_BASE + number);
      else {
        encoder.out.byte(format.RECORD);
        encoder.out.index(number);
      }
      return undefined;
    },
    writeBody(encoder, value) {
      for (let i = 0; i < fields.length; i++) {
        const field = fields[i]!;
        if (field === "d") writeDefinition(encoder, (value as { d: Definition }).d);
        else if (field === "l") writeLocals(encoder, (value as { l: unknown[] | undefined }).l);
        else encoder.value((value as Fields)[field]);
      }
    },
    visitEdges: (value, visit) => visitFields(value, fields, visit),
  };
}

interface SpelledOut {
  readonly class: RecordClass;
  readonly write: (encoder: Encoder, value: never) => void;
  readonly read: BodyReader;
}

/** The records that nearly every state is full of, spelled out in the order of their table: a field by its name costs thrice as much. */
const SPELLED_OUT: readonly SpelledOut[] = [
  {
    class: AsyncFrame,
    write(encoder, frame: AsyncFrame) {
      writeDefinition(encoder, frame.d);
      encoder.value(frame.pc);
      writeLocals(encoder, frame.l);
      encoder.value(frame.promise);
      encoder.value(frame.awaiting);
    },
    read(decoder, frame: AsyncFrame) {
      frame.d = readDefinition(decoder);
      frame.pc = decoder.value() as number;
      frame.l = readLocals(decoder) as unknown[];
      frame.promise = decoder.value() as object;
      frame.awaiting = decoder.value() as object | undefined;
    },
  },
  {
    class: Suspension,
    write(encoder, suspension: Suspension) {
      encoder.value(suspension.ref);
      encoder.value(suspension.detached);
    },
    read(decoder, suspension: Suspension) {
      suspension.ref = decoder.value() as string;
      suspension.detached = decoder.value() as boolean;
    },
  },
  {
    class: ElementReaction,
    write(encoder, reaction: ElementReaction) {
      encoder.value(reaction.combinator);
      encoder.value(reaction.index);
    },
    read(decoder, reaction: ElementReaction) {
      reaction.combinator = decoder.value() as Combinator;
      reaction.index = decoder.value() as number;
    },
  },
  {
    class: Combinator,
    write(encoder, combinator: Combinator) {
      encoder.value(combinator.kind);
      encoder.value(combinator.target);
      encoder.value(combinator.values);
      encoder.ownList(combinator.pending);
      encoder.value(combinator.remaining);
    },
    read(decoder, combinator: Combinator) {
      combinator.kind = decoder.value() as number;
      combinator.target = decoder.value() as object;
      combinator.values = decoder.value() as unknown[] | undefined;
      combinator.pending = decoder.value() as unknown[];
      combinator.remaining = decoder.value() as number;
    },
  },
  {
    class: ThenReaction,
    write(encoder, reaction: ThenReaction) {
      encoder.value(reaction.target);
      encoder.value(reaction.onFulfilled);
      encoder.value(reaction.onRejected);
    },
    read(decoder, reaction: ThenReaction) {
      reaction.target = decoder.value() as object | undefined;
      reaction.onFulfilled = decoder.value();
      reaction.onRejected = decoder.value();
    },
  },
  {
    class: Thread,
    write(encoder, thread: Thread) {
      encoder.value(thread.g);
      encoder.value(thread.main);
      encoder.ownList(thread.pending);
      encoder.ownList(thread.jobs);
      encoder.ownList(thread.macrotasks);
      encoder.ownList(thread.rejections);
      encoder.value(thread.config);
      encoder.value(thread.startMs);
      encoder.value(thread.nextAutoId);
      encoder.value(thread.stackTraceLimit);
    },
    read(decoder, thread: Thread) {
      thread.g = decoder.value() as object;
      thread.main = decoder.value() as object | undefined;
      thread.pending = decoder.value() as object[];
      thread.jobs = decoder.value() as Job[];
      thread.macrotasks = decoder.value() as Timer[];
      thread.rejections = decoder.value() as object[];
      thread.config = decoder.value() as object | undefined;
      thread.startMs = decoder.value() as number;
      thread.nextAutoId = decoder.value() as number;
      thread.stackTraceLimit = decoder.value();
    },
  },
];

function spelledOut(Class: RecordClass): SpelledOut | undefined {
  for (let i = 0; i < SPELLED_OUT.length; i++) if (SPELLED_OUT[i]!.class === Class) return SPELLED_OUT[i];
  return undefined;
}

function readRecord(number: number): BodyReader {
  const { fields } = RECORDS[number]!;
  return (decoder, record) => {
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      (record as Fields)[field] =
        field === "d" ? readDefinition(decoder) : field === "l" ? readLocals(decoder) : decoder.value();
    }
  };
}

const collectionCursor: Kind = {
  ...recordKind(indexOfRecord(CollectionCursor), "CollectionCursor", ["target", "kind"]),
  writeBody(encoder, value) {
    const cursor = value as CollectionCursor;
    encoder.value(cursor.target);
    encoder.value(cursor.kind);
    encoder.value(cursorPosition(cursor));
  },
};

const readCollectionCursor: BodyReader = (decoder, record) => {
  const cursor = record as CollectionCursor;
  cursor.target = decoder.value() as object | undefined;
  cursor.kind = decoder.value() as number;
  const position = decoder.value() as number;
  if (cursor.target === undefined) return;
  decoder.atEnd(() => {
    if (!(position >= 0 && position <= entriesOf(cursor))) corrupt("a place behind the end of a collection");
    moveCursor(cursor, position);
  });
};

function indexOfRecord(Class: unknown): number {
  for (let i = 0; i < RECORDS.length; i++) if (RECORDS[i]!.class === Class) return i;
  return -1;
}

const bodies: BodyReader[] = [];

/** Adds the records' kinds to a table by prototype, and makes ready to read them. */
export function addRecordKinds(kinds: Map<object, Kind>): void {
  for (let i = 0; i < RECORDS.length; i++) {
    const { class: Class, fields } = RECORDS[i]!;
    const isCursor = (Class as unknown) === CollectionCursor;
    const quick = spelledOut(Class);
    const byTable = isCursor ? collectionCursor : recordKind(i, Class.name, fields);
    const kind = quick === undefined ? byTable : { ...byTable, writeBody: quick.write as Kind["writeBody"] };
    mapSet(kinds, Class.prototype as object, kind);
    bodies[i] = quick?.read ?? (isCursor ? readCollectionCursor : readRecord(i));
  }
}

function readRecordHead(decoder: Decoder, number: number): object {
  const entry = RECORDS[number];
  if (entry === undefined) corrupt("an unknown record");
  return decoder.add(new entry.class(), bodies[number], undefined);
}

function scopeKind(layout: number, fields: readonly string[]): Kind {
  return {
    name: "scope",
    writeHead(encoder) {
      const { out } = encoder;
      if (layout < 0x800) {
        out.byte(format.SCOPE_BASE + (layout >>> 8));
        out.byte(layout & 255);
      } else {
        out.byte(format.SCOPE);
        out.index(layout);
      }
      return undefined;
    },
    writeBody(encoder, value) {
      for (let i = 0; i < fields.length; i++) encoder.value((value as Fields)[fields[i]!]);
    },
    visitEdges: (value, visit) => visitFields(value, fields, visit),
  };
}

/** Adds the program's scope layouts to a table by prototype. */
export function addScopeKinds(kinds: Map<object, Kind>): void {
  const { scopes, tables } = registry;
  for (let i = 0; i < scopes.length; i++) {
    if (scopes[i] !== undefined) mapSet(kinds, scopes[i]!.prototype as object, scopeKind(i, tables.scopes[i]!));
  }
}

const readScope: BodyReader = (decoder, scope, fields) => {
  const names = fields as readonly string[];
  for (let i = 0; i < names.length; i++) (scope as Fields)[names[i]!] = decoder.value();
};

function readScopeHead(decoder: Decoder, layout: number): object {
  const Scope = registry.scopes[layout];
  if (Scope === undefined) corrupt("an unknown scope");
  return decoder.add(new Scope(), readScope, registry.tables.scopes[layout]);
}

function recordHeads(): (readonly [number, HeadReader])[] {
  const heads: (readonly [number, HeadReader])[] = [];
  for (let i = 0; i < format.RECORD_LIMIT; i++)
    heads[i] = [format.RECORD_BASE + i, (decoder) => readRecordHead(decoder, i)];
  for (let i = 0; i < 8; i++) {
    heads[format.RECORD_LIMIT + i] = [
      format.SCOPE_BASE + i,
      (decoder) => readScopeHead(decoder, (i << 8) | decoder.reader.byte()),
    ];
  }
  return heads;
}

export const runtimeHeads: readonly (readonly [number, HeadReader])[] = [
  ...recordHeads(),
  [format.RECORD, (decoder) => readRecordHead(decoder, decoder.reader.varint())],
  [format.SCOPE, (decoder) => readScopeHead(decoder, decoder.reader.varint())],
];
