/**
 * Code made at run time, and what is of it. The text is saved; the code is compiled from it again.
 *
 *   CODE_UNIT kind text:string names:string shape    names: what a direct `eval` saw; shape: a hash of what the indexes rely on
 *   UNIT_FUNCTION unit:value index n scope:value …
 *   UNIT_CLASS unit:value index n input:value …
 *   UNIT_SCOPE unit:value layout names:shape   body: fields in the order of the layout
 *   UNIT_PART unit:value index                 a template object, or its raw strings
 *
 * Counts and names are there for a reader that has no compiler (`heap-view`).
 * A unit stands in the graph like any object: two functions of one unit share it, and their text is written once.
 */

import type { CodeRequest } from "#protocol";
import { CodeUnit, UNIT_BASE, UnitPart, UnitScope } from "../../dynamic/code-unit.ts";
import { recompile } from "../../dynamic/compile.ts";
import { remakeClass } from "../../function-kinds.ts";
import { reflectGetPrototypeOf } from "../../primordials.ts";
import type { Definition } from "../../registry.ts";
import * as format from "../format.ts";
import { corrupt, HeapError } from "../heap-error.ts";
import type { BodyReader, Decoder, Encoder, HeadReader, Kind } from "../kind.ts";
import { places, setElement } from "./array.ts";

type Fields = Record<string, unknown>;

export const codeUnit: Kind = {
  name: "code made at run time",
  writeHead(encoder, value) {
    const unit = value as CodeUnit;
    encoder.out.byte(format.CODE_UNIT);
    encoder.out.byte(CodeUnit.kind(unit));
    encoder.string(CodeUnit.text(unit));
    encoder.string(CodeUnit.names(unit));
    encoder.out.index(CodeUnit.shape(unit));
    return undefined;
  },
  writeBody() {},
  visitEdges(value, visit) {
    const parts = CodeUnit.parts(value as CodeUnit);
    for (let i = 0; i < parts.length; i++) if (visit("template object", parts[i])) return true;
    return false;
  },
};

export const codeUnitPrototype: object = CodeUnit.prototype;

/** What is of a unit, where the prototype or the object itself says so. */
export function unitPartKindOf(value: object, prototype: object | null): Kind | undefined {
  if (prototype !== null && UnitScope.has(prototype)) return unitScope;
  return UnitPart.has(value) ? unitPart : undefined;
}

function fieldsOf(prototype: object): readonly string[] {
  return CodeUnit.tables(UnitScope.unit(prototype)).scopes[UnitScope.layout(prototype)]!;
}

const unitScope: Kind = {
  name: "scope",
  writeHead(encoder, value) {
    const prototype = reflectGetPrototypeOf(value)!;
    encoder.out.byte(format.UNIT_SCOPE);
    encoder.value(UnitScope.unit(prototype));
    encoder.out.index(UnitScope.layout(prototype));
    encoder.shape(fieldsOf(prototype));
    return undefined;
  },
  writeBody(encoder, value) {
    const fields = fieldsOf(reflectGetPrototypeOf(value)!);
    for (let i = 0; i < fields.length; i++) encoder.value((value as Fields)[fields[i]!]);
  },
  visitEdges(value, visit) {
    const fields = fieldsOf(reflectGetPrototypeOf(value)!);
    for (let i = 0; i < fields.length; i++) if (visit(fields[i]!, (value as Fields)[fields[i]!])) return true;
    return false;
  },
};

const unitPart: Kind = {
  name: "template object",
  writeHead(encoder, value) {
    encoder.out.byte(format.UNIT_PART);
    encoder.value(UnitPart.unit(value));
    encoder.out.index(UnitPart.index(value));
    return undefined;
  },
  writeBody() {},
  visitEdges: () => false,
};

/** The index of a definition in its unit. */
export function indexInUnit(index: number): number {
  return UNIT_BASE - index;
}

/** A definition of a unit, where a record has one. */
export function writeUnitDefinition(encoder: Encoder, definition: Definition): void {
  encoder.out.index(format.UNIT_DEFINITION);
  encoder.value(definition.unit);
  encoder.out.index(indexInUnit(definition.index));
}

export function readUnitDefinition(decoder: Decoder): Definition {
  return CodeUnit.definitionAt(readUnit(decoder), decoder.reader.varint()) ?? corrupt("an unknown function");
}

function readUnit(decoder: Decoder): CodeUnit {
  const unit = decoder.object();
  return CodeUnit.is(unit) ? unit : corrupt("code made at run time was expected");
}

function readCodeUnit(decoder: Decoder): CodeUnit {
  const index = decoder.reserve();
  const kind = decoder.reader.byte();
  const text = decoder.text();
  const names = decoder.text();
  const shape = decoder.reader.varint();
  const request = { kind: kind as CodeRequest["kind"], text };
  const unit = recompile(names === "" ? request : { ...request, names }, shape);
  if (unit === undefined) {
    throw new HeapError(
      "ProgramMismatch",
      "Code that the thread made at run time compiles to something else than when it was saved: go on with the version of Kawait that saved it.",
    );
  }
  decoder.place(index, unit, undefined, undefined);
  return unit;
}

function readUnitFunction(decoder: Decoder): object {
  const index = decoder.reserve();
  const definition = readUnitDefinition(decoder);
  if (definition.maker === undefined) corrupt("an unknown function");
  const count = decoder.reader.count();
  const scopes = places(count);
  for (let i = 0; i < count; i++) setElement(scopes, i, decoder.value());
  const made = definition.instantiate(scopes);
  decoder.place(index, made, undefined, undefined);
  return made;
}

function readUnitClass(decoder: Decoder): object {
  const index = decoder.reserve();
  const unit = readUnit(decoder);
  const number = decoder.reader.varint();
  const maker = CodeUnit.classAt(unit, number) ?? corrupt("an unknown class");
  const count = decoder.reader.count();
  const inputs = places(count);
  for (let i = 0; i < count; i++) setElement(inputs, i, decoder.value());
  const parentAt = CodeUnit.tables(unit).classes[number]!.scopes.length;
  const made = remakeClass(maker, number, inputs, parentAt, unit);
  decoder.place(index, made, undefined, undefined);
  return made;
}

const readUnitScope: BodyReader = (decoder, scope, fields) => {
  const names = fields as readonly string[];
  for (let i = 0; i < names.length; i++) (scope as Fields)[names[i]!] = decoder.value();
};

function readUnitScopeHead(decoder: Decoder): object {
  const index = decoder.reserve();
  const unit = readUnit(decoder);
  const layout = decoder.reader.varint();
  const Scope = CodeUnit.scopeAt(unit, layout) ?? corrupt("an unknown scope");
  decoder.shape();
  const made = new Scope();
  decoder.place(index, made, readUnitScope, CodeUnit.tables(unit).scopes[layout]);
  return made;
}

function readUnitPart(decoder: Decoder): object {
  const index = decoder.reserve();
  const parts = CodeUnit.parts(readUnit(decoder));
  const number = decoder.reader.varint();
  const part = number < parts.length ? parts[number]! : corrupt("an unknown template object");
  decoder.place(index, part, undefined, undefined);
  return part;
}

export const codeUnitHeads: readonly (readonly [number, HeadReader])[] = [
  [format.CODE_UNIT, readCodeUnit],
  [format.UNIT_FUNCTION, readUnitFunction],
  [format.UNIT_CLASS, readUnitClass],
  [format.UNIT_SCOPE, readUnitScopeHead],
  [format.UNIT_PART, readUnitPart],
];
