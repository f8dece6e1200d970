/**
 * Objects that are what a hidden slot says: promises, generator objects, and what the runtime hands to scripts.
 *
 *   PROMISE | SUSPEND      body: (status + 4 * handled) payload [source]        source only while pending
 *   GENERATOR frame:value
 *   BRANDED record:value
 *
 * The prototype stands in extras unless it is the usual one; a generator's is always there.
 */
import { objectCreate, reflectGetPrototypeOf, reflectIsExtensible, reflectOwnKeys } from "../../primordials.ts";
import { GeneratorSlot, hasPrivateNames, PENDING, PromiseSlot, PromiseState, RecordSlot } from "../../slots.ts";
import { writeExtras } from "../extras.ts";
import * as format from "../format.ts";
import type { BodyReader, BrandedKind, HeadReader } from "../kind.ts";
import { suspectPrototypes } from "../suspicion.ts";

const bare = {
  ownPropertyCount: () => 0,
  isOwnProperty: () => false,
  hasChangedProperties: () => false,
};
const objectPrototype: object = Object.prototype;

const usual: { promise: object; suspension: object } = { promise: objectPrototype, suspension: objectPrototype };

/** Whether a promise inherits from this as it was made, `suspend`'s included. */
export function isPromisePrototype(prototype: object | null): boolean {
  return prototype === usual.promise || prototype === usual.suspension;
}

/** Head and body are all that there is to tell of a promise of this prototype. */
export function plainPromiseKind(value: object, prototype: object | null): BrandedKind | undefined {
  if (!reflectIsExtensible(value) || reflectOwnKeys(value).length > 0 || hasPrivateNames(value)) return undefined;
  return prototype === usual.promise ? promise : prototype === usual.suspension ? suspension : undefined;
}

/** The runtime's own `Promise.prototype` and `Suspend.prototype`: known once the globals are installed. */
export function setPromisePrototypes(promisePrototype: object, suspensionPrototype: object): void {
  usual.promise = promisePrototype;
  usual.suspension = suspensionPrototype;
}

const HANDLED = 4;

export const promise: BrandedKind = {
  probesCheaply: true,
  ...bare,
  name: "Promise",
  is: PromiseSlot.has,
  prototypeOf: () => usual.promise,
  writeHead(encoder) {
    encoder.out.byte(format.PROMISE);
    return undefined;
  },
  writeBody(encoder, value) {
    const state = PromiseSlot.of(value);
    encoder.out.byte(state.status + (state.handled ? HANDLED : 0));
    encoder.value(state.payload);
    if (state.status === PENDING) encoder.value(state.source);
  },
  visitEdges(value, visit) {
    const state = PromiseSlot.of(value);
    return visit(state.status === PENDING ? "what waits" : "result", state.payload) || visit("source", state.source);
  },
};

/** What `suspend` gives; its prototype alone tells it from other promises. */
export const suspension: BrandedKind = {
  ...promise,
  is: (value) => PromiseSlot.has(value) && reflectGetPrototypeOf(value) === usual.suspension,
  prototypeOf: () => usual.suspension,
  writeHead(encoder) {
    encoder.out.byte(format.SUSPEND);
    return undefined;
  },
};

const readPromise: BodyReader = (decoder, object) => {
  const state = PromiseSlot.of(object);
  const head = decoder.reader.byte();
  state.status = head & 3;
  state.handled = (head & HANDLED) !== 0;
  state.payload = decoder.value();
  if (state.status === PENDING) state.source = decoder.value() as never;
};

export const generator: BrandedKind = {
  probesCheaply: true,
  alwaysWritesExtras: true,
  ...bare,
  name: "generator",
  is: GeneratorSlot.has,
  prototypeOf: () => objectPrototype,
  writeHead(encoder, value) {
    encoder.out.byte(format.EXTRA);
    encoder.out.byte(format.GENERATOR);
    encoder.value(GeneratorSlot.get(value));
    return undefined;
  },
  writeBody(encoder, value) {
    writeExtras(encoder, value, generator);
  },
  visitEdges: (value, visit) => visit("frame", GeneratorSlot.get(value)),
};

export const branded: BrandedKind = {
  probesCheaply: true,
  alwaysWritesExtras: true,
  ...bare,
  name: "object of the runtime",
  is: RecordSlot.has,
  prototypeOf: () => objectPrototype,
  writeHead(encoder, value) {
    encoder.out.byte(format.EXTRA);
    encoder.out.byte(format.BRANDED);
    encoder.value(RecordSlot.get(value));
    return undefined;
  },
  writeBody(encoder, value) {
    writeExtras(encoder, value, branded);
  },
  visitEdges: (value, visit) => visit("record", RecordSlot.get(value)),
};

export const slottedHeads: readonly (readonly [number, HeadReader])[] = [
  [
    format.PROMISE,
    (decoder) => {
      const object = objectCreate(usual.promise) as object;
      new PromiseSlot(object, new PromiseState());
      return decoder.add(object, readPromise, undefined);
    },
  ],
  [
    format.SUSPEND,
    (decoder) => {
      const object = objectCreate(usual.suspension) as object;
      new PromiseSlot(object, new PromiseState());
      return decoder.add(object, readPromise, undefined);
    },
  ],
  [
    format.GENERATOR,
    (decoder) => {
      const index = decoder.reserve();
      const object = {};
      new GeneratorSlot(object, decoder.object() as never);
      decoder.place(index, object, undefined, undefined);
      decoder.atEnd(() => {
        if (reflectGetPrototypeOf(object) === objectPrototype) suspectPrototypes();
      });
      return object;
    },
  ],
  [
    format.BRANDED,
    (decoder) => {
      const index = decoder.reserve();
      const object = {};
      new RecordSlot(object, decoder.object());
      decoder.place(index, object, undefined, undefined);
      decoder.atEnd(() => {
        if (reflectGetPrototypeOf(object) === objectPrototype) suspectPrototypes();
      });
      return object;
    },
  ],
];
