/**
 * Objects of `Intl`.
 *
 *   INTL class locale:string n (option:string value)*     body, where the class has a bound function: the one that was given
 *                                                         out, or undefined
 *   SEGMENTS segmenter:value text:string
 *
 * The options are the resolved ones, so that the object does the same whatever the next engine's defaults are.
 */
import { INTL_CLASSES, makeIntl } from "../../globals/intl.ts";
import { segmentsOf } from "../../natives/segmenter.ts";
import { define, isObject, objectCreate, objectKeys, uncurry } from "../../primordials.ts";
import { IntlSlot, SegmentsSlot } from "../../slots.ts";
import { INTL_BOUND_CLASSES } from "../class-names.ts";
import * as format from "../format.ts";
import { corrupt } from "../heap-error.ts";
import type { BodyReader, BrandedKind, Encoder, HeadReader } from "../kind.ts";
import { passes } from "../natives.ts";

const localeTag = uncurry(Intl.Locale.prototype.toString);
const segmentsPrototype = Object.getPrototypeOf(new Intl.Segmenter().segment("")) as object;

const bare = {
  ownPropertyCount: () => 0,
  isOwnProperty: () => false,
  hasChangedProperties: () => false,
};

function writeIntl(encoder: Encoder, value: object, kind: number): void {
  const { out } = encoder;
  const { resolvedOptions } = INTL_CLASSES[kind]!;
  out.byte(format.INTL);
  out.index(kind);
  if (resolvedOptions === undefined) {
    encoder.string(localeTag(value as Intl.Locale));
    out.index(0);
    return;
  }
  const options = resolvedOptions(value);
  const keys = objectKeys(options);
  let count = 0;
  for (let i = 0; i < keys.length; i++) if (isOption(keys[i]!, options)) count++;
  encoder.string(options.locale as string);
  out.index(count);
  for (let i = 0; i < keys.length; i++) {
    if (!isOption(keys[i]!, options)) continue;
    encoder.string(keys[i]!);
    encoder.value(options[keys[i]!]);
  }
}

/** `hour12` would win over the hour cycle that it was resolved to; lists (`pluralCategories`) only tell. */
function isOption(key: string, options: Record<string, unknown>): boolean {
  return key !== "locale" && key !== "hour12" && options[key] !== undefined && !isObject(options[key]);
}

function intlKind(name: string, is: (value: object) => boolean, kindOf: (value: object) => number): BrandedKind {
  return {
    ...bare,
    name,
    is,
    prototypeOf: (value) => INTL_CLASSES[kindOf(value)]!.prototype,
    writeHead(encoder, value) {
      writeIntl(encoder, value, kindOf(value));
      return undefined;
    },
    writeBody(encoder, value) {
      if (kindOf(value) < INTL_BOUND_CLASSES) encoder.value(boundOf(value));
    },
    visitEdges: (value, visit) => boundOf(value) !== undefined && visit("bound function", boundOf(value)),
  };
}

function boundOf(value: object): object | undefined {
  return IntlSlot.has(value) ? IntlSlot.bound(value) : undefined;
}

/** Whatever its prototype. */
export const intl: BrandedKind = {
  ...intlKind("Intl object", IntlSlot.has, IntlSlot.kind),
  probesCheaply: true,
};

/** By class, for those that the engine made unseen. */
export const intlKinds: readonly BrandedKind[] = INTL_CLASSES.map(({ name, resolvedOptions }, kind) =>
  intlKind(
    `Intl.${name}`,
    (value) =>
      IntlSlot.has(value)
        ? IntlSlot.kind(value) === kind
        : passes((resolvedOptions ?? localeTag) as (receiver: never) => unknown, value),
    () => kind,
  ),
);

export const segments: BrandedKind = {
  ...bare,
  probesCheaply: true,
  name: "Segments",
  is: SegmentsSlot.has,
  prototypeOf: () => segmentsPrototype,
  writeHead(encoder, value) {
    encoder.out.byte(format.SEGMENTS);
    encoder.value(SegmentsSlot.segmenter(value));
    encoder.string(SegmentsSlot.text(value));
    return undefined;
  },
  writeBody() {},
  visitEdges: (value, visit) => visit("segmenter", SegmentsSlot.segmenter(value)),
};

const readBound: BodyReader = (decoder, made) => {
  const bound = decoder.value();
  if (isObject(bound)) IntlSlot.setBound(made, bound);
};

export const intlHeads: readonly (readonly [number, HeadReader])[] = [
  [
    format.INTL,
    (decoder) => {
      const index = decoder.reserve();
      const kind = decoder.reader.varint();
      const locale = decoder.text();
      const options = objectCreate(null) as object;
      for (let count = decoder.reader.count(); count > 0; count--) {
        const key = decoder.text();
        define(options, key, primitive(decoder.value()));
      }
      if (INTL_CLASSES[kind] === undefined) corrupt("an unknown class of Intl");
      const made = makeIntl(kind, locale, options);
      decoder.place(index, made, kind < INTL_BOUND_CLASSES ? readBound : undefined, undefined);
      return made;
    },
  ],
  [
    format.SEGMENTS,
    (decoder) => {
      const index = decoder.reserve();
      const segmenter = decoder.object();
      const made = segmentsOf(segmenter, decoder.text());
      decoder.place(index, made, undefined, undefined);
      return made;
    },
  ],
];

/** The engine would ask an object for its text. */
function primitive(value: unknown): unknown {
  return isObject(value) ? corrupt("an option that is an object") : value;
}
