/**
 * Classes made at run time: each evaluation is a value of its own.
 *
 *   CLASS definition n input:value …           inputs as the maker takes them: scopes, parent, computed keys
 *
 * Its methods and its `prototype` object are found through it (METHOD, PROTOTYPE_OF). Static fields are differences.
 */
import { remakeClass } from "../../function-kinds.ts";
import { registry } from "../../registry.ts";
import { ClassSlot } from "../../slots.ts";
import * as format from "../format.ts";
import { corrupt } from "../heap-error.ts";
import type { BrandedKind, HeadReader } from "../kind.ts";
import { ClassPartsSlot } from "../owner-slot.ts";
import { places, setElement } from "./array.ts";
import { hasChanges } from "./functions.ts";

export const classValue: BrandedKind = {
  name: "class",
  is: ClassSlot.has,
  /** A class inherits from its parent; one that still does so needs no word. */
  prototypeOf: (value) => ClassPartsSlot.get(value)!.parent,
  ownPropertyCount: (value) => ClassPartsSlot.get(value)!.own.length,
  isOwnProperty: () => false,
  hasChangedProperties: (value) => hasChanges(value, ClassPartsSlot.get(value)!.own),
  writeHead(encoder, value) {
    const unit = ClassSlot.unit(value);
    if (unit === undefined) {
      encoder.out.byte(format.CLASS);
      encoder.out.index(ClassSlot.index(value));
    } else {
      encoder.out.byte(format.UNIT_CLASS);
      encoder.value(unit);
      encoder.out.index(ClassSlot.index(value));
    }
    const inputs = ClassSlot.makerArguments(value);
    encoder.out.index(inputs.length);
    for (let i = 0; i < inputs.length; i++) encoder.value(inputs[i]);
    return undefined;
  },
  writeBody() {},
  visitEdges(value, visit) {
    const unit = ClassSlot.unit(value);
    if (unit !== undefined && visit("code", unit)) return true;
    const inputs = ClassSlot.makerArguments(value);
    for (let i = 0; i < inputs.length; i++) if (visit("class input", inputs[i])) return true;
    return false;
  },
};

export const classHeads: readonly (readonly [number, HeadReader])[] = [
  [
    format.CLASS,
    (decoder) => {
      const index = decoder.reserve();
      const definition = decoder.reader.varint();
      const maker = registry.classes[definition] ?? corrupt("an unknown class");
      const count = decoder.reader.count();
      const inputs = places(count);
      for (let i = 0; i < count; i++) setElement(inputs, i, decoder.value());
      const parentAt = registry.tables.classes[definition]!.scopes.length;
      const made = remakeClass(maker, definition, inputs, parentAt, undefined);
      decoder.place(index, made, undefined, undefined);
      return made;
    },
  ],
];
