/**
 * What a thread that lives alone in its context has changed in the image and in the language, saved with its heap.
 *
 *   patches := count patch*
 *   patch   := target:value flags [prototype:value] [n key:value …] [n property …] [n value …]
 *   flags   = 1 prototype, 2 no longer extensible, 4 deleted keys, 8 defined properties, 16 hidden state
 *
 * They are read with the heap but applied when all of it is there: until then the context is as it was after load.
 */

import { attributesOf, descriptorOf } from "../heap/descriptors.ts";
import { readPropertyDescriptor, writeProperty } from "../heap/extras.ts";
import { corrupt } from "../heap/heap-error.ts";
import type { Decoder, Encoder } from "../heap/kind.ts";
import { noteDefinition } from "../heap/property-definitions.ts";
import {
  append,
  reflectDefineProperty,
  reflectDeleteProperty,
  reflectPreventExtensions,
  reflectSet,
  reflectSetPrototypeOf,
} from "../primordials.ts";
import { type Baseline, type Difference, differenceOf, extendBaselines, takeBaselines } from "./baseline.ts";
import { isCursor, listedContent, setContent } from "./content.ts";

const PROTOTYPE = 1;
const NOT_EXTENSIBLE = 2;
const DELETED = 4;
const DEFINED = 8;
const CONTENT = 16;

let baselines: Baseline[] | undefined;

/** Before the first step of a thread that lives alone in this context; the context must be as it was after load. */
export function watchChanges(): void {
  baselines ??= takeBaselines();
}

/** The image has grown since: by objects that nothing has touched yet. */
export function watchMore(): void {
  if (baselines !== undefined) extendBaselines(baselines);
}

export function writePatches(encoder: Encoder, isPrivate: boolean): void {
  if (!isPrivate || baselines === undefined) {
    encoder.out.index(0);
    return;
  }
  const differences: Difference[] = [];
  for (let i = 0; i < baselines.length; i++) {
    const difference = differenceOf(baselines[i]!);
    if (difference !== undefined) append(differences, difference);
  }
  encoder.out.index(differences.length);
  for (let i = 0; i < differences.length; i++) writePatch(encoder, differences[i]!);
}

function writePatch(encoder: Encoder, difference: Difference): void {
  const { out } = encoder;
  const { object, prototype, isFixed, deleted, defined, content } = difference;
  encoder.value(object);
  out.byte(
    (prototype === undefined ? 0 : PROTOTYPE) |
      (isFixed ? NOT_EXTENSIBLE : 0) |
      (deleted.length > 0 ? DELETED : 0) |
      (defined.length > 0 ? DEFINED : 0) |
      (content === undefined ? 0 : CONTENT),
  );
  if (prototype !== undefined) encoder.value(prototype.value);
  if (deleted.length > 0) {
    out.index(deleted.length);
    for (let i = 0; i < deleted.length; i++) encoder.value(deleted[i]);
  }
  if (defined.length > 0) {
    out.index(defined.length);
    for (let i = 0; i < defined.length; i++) writeProperty(encoder, object, defined[i]!);
  }
  if (content !== undefined) {
    const listed = listedContent(content);
    out.index(listed.length);
    for (let i = 0; i < listed.length; i++) encoder.value(listed[i]);
  }
}

export function readPatches(decoder: Decoder): void {
  const count = decoder.reader.count();
  const late: (() => void)[] = [];
  for (let i = 0; i < count; i++) readPatch(decoder, late);
  decoder.atEnd(() => {
    for (let i = 0; i < late.length; i++) late[i]!();
  });
}

/** An embedder's global object may refuse a definition that an assignment leads to. */
function put(object: object, key: PropertyKey, property: PropertyDescriptor): boolean {
  noteDefinition(object);
  if (reflectDefineProperty(object, key, property)) return true;
  if (!("writable" in property) || !reflectSet(object, key, property.value)) return false;
  const made = descriptorOf(object, key);
  return made !== undefined && attributesOf(made) === attributesOf(property);
}

function readPatch(decoder: Decoder, late: (() => void)[]): void {
  const { reader } = decoder;
  const object = decoder.object();
  const flags = reader.byte();
  const prototype = (flags & PROTOTYPE) === 0 ? undefined : decoder.value();
  const deleted: PropertyKey[] = [];
  const deletedCount = (flags & DELETED) === 0 ? 0 : reader.count();
  for (let i = 0; i < deletedCount; i++) append(deleted, decoder.key());
  const keys: PropertyKey[] = [];
  const properties: PropertyDescriptor[] = [];
  const definedCount = (flags & DEFINED) === 0 ? 0 : reader.count();
  for (let i = 0; i < definedCount; i++) {
    append(keys, decoder.key());
    append(properties, readPropertyDescriptor(decoder, object));
  }
  const content: unknown[] = [];
  const contentCount = (flags & CONTENT) === 0 ? 0 : reader.count();
  for (let i = 0; i < contentCount; i++) append(content, decoder.value());
  decoder.atEnd(() => {
    for (let i = 0; i < deletedCount; i++) reflectDeleteProperty(object, deleted[i]!);
    for (let i = 0; i < definedCount; i++) {
      if (!put(object, keys[i]!, properties[i]!))
        corrupt(`a change of the program that cannot be made: ${String(keys[i])}`);
    }
    if (contentCount > 0) {
      // The collection of a cursor must be as it was before.
      if (isCursor(object)) append(late, () => setContent(object, content));
      else setContent(object, content);
    }
    if ((flags & PROTOTYPE) !== 0) reflectSetPrototypeOf(object, prototype as object | null);
    if ((flags & NOT_EXTENSIBLE) !== 0) reflectPreventExtensions(object);
  });
}
