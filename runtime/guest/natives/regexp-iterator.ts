/** `RegExp.prototype[Symbol.matchAll]` and %RegExpStringIteratorPrototype%, to the letter of ECMAScript over a record. */
import {
  floor,
  isCallable,
  isConstructor,
  isObject,
  min,
  NativeTypeError,
  objectCreate,
  reflectApply,
  reflectConstruct,
  reflectSet,
  stringCharCodeAt,
  stringIndexOf,
  symbolSpecies,
} from "../primordials.ts";
import { RegExpStringCursor } from "../records.ts";
import { RecordSlot } from "../slots.ts";
import { incompatible, replaceMethods } from "./builtin.ts";
import { sharedPrototypes } from "./prototypes.ts";

const NativeRegExp = RegExp;
const nativeExec = RegExp.prototype.exec;

interface Matcher {
  constructor: unknown;
  exec: unknown;
  flags: unknown;
  lastIndex: unknown;
}

/** ToLength */
function toLength(value: unknown): number {
  const number = +(value as number);
  return number > 0 ? min(floor(number), Number.MAX_SAFE_INTEGER) : 0;
}

/** Set(matcher, "lastIndex", index, true) */
function setLastIndex(matcher: object, index: number): void {
  if (!reflectSet(matcher, "lastIndex", index, matcher)) {
    throw new NativeTypeError("Cannot assign to read only property 'lastIndex' of object");
  }
}

/** SpeciesConstructor */
function speciesOf(matcher: Matcher): new (...args: unknown[]) => object {
  const maker = matcher.constructor;
  if (maker === undefined) return NativeRegExp as never;
  if (!isObject(maker)) throw new NativeTypeError("The .constructor property is not an object");
  const species = (maker as { [symbolSpecies]: unknown })[symbolSpecies];
  if (species === undefined || species === null) return NativeRegExp as never;
  if (!isConstructor(species)) throw new NativeTypeError("object.constructor[Symbol.species] is not a constructor");
  return species;
}

/** RegExpExec */
function execute(matcher: object, text: string): object | null {
  const { exec } = matcher as Matcher;
  if (exec === nativeExec || !isCallable(exec)) return reflectApply(nativeExec, matcher, [text]);
  const result = reflectApply(exec, matcher, [text] as never);
  if (result !== null && !isObject(result)) throw new NativeTypeError("object null is not a function");
  return result;
}

function advanceIndex(text: string, index: number, isUnicode: boolean): number {
  if (!isUnicode || index + 1 >= text.length) return index + 1;
  const first = stringCharCodeAt(text, index);
  if (first < 0xd800 || first > 0xdbff) return index + 1;
  const second = stringCharCodeAt(text, index + 1);
  return second >= 0xdc00 && second <= 0xdfff ? index + 2 : index + 1;
}

function advance(cursor: RegExpStringCursor): unknown {
  const { matcher, text } = cursor;
  if (matcher === undefined) return { value: undefined, done: true };
  const match = execute(matcher, text);
  if (match === null) {
    cursor.matcher = undefined;
    return { value: undefined, done: true };
  }
  if (!cursor.isGlobal) {
    cursor.matcher = undefined;
    return { value: match, done: false };
  }
  if (`${(match as { 0: unknown })[0] as string}` === "") {
    setLastIndex(matcher, advanceIndex(text, toLength((matcher as Matcher).lastIndex), cursor.isUnicode));
  }
  return { value: match, done: false };
}

const onIterator = {
  next(this: unknown): unknown {
    const cursor = isObject(this) ? RecordSlot.get(this) : undefined;
    return cursor instanceof RegExpStringCursor
      ? advance(cursor)
      : incompatible("%RegExpStringIterator%.prototype.next", this);
  },
};

const onRegExp = {
  [Symbol.matchAll](this: unknown, given: unknown): object {
    if (!isObject(this)) incompatible("RegExp.prototype.@@matchAll", this);
    const receiver = this as unknown as Matcher;
    const text = `${given as string}`;
    const Species = speciesOf(receiver);
    const flags = `${receiver.flags as string}`;
    const matcher = reflectConstruct(Species, [receiver, flags]) as object;
    setLastIndex(matcher, toLength(receiver.lastIndex));
    const iterator = objectCreate(sharedPrototypes.regExpStringIterator) as object;
    const isUnicode = stringIndexOf(flags, "u") >= 0 || stringIndexOf(flags, "v") >= 0;
    new RecordSlot(iterator, new RegExpStringCursor(matcher, text, stringIndexOf(flags, "g") >= 0, isUnicode));
    return iterator;
  },
};

export function installRegExpIterator(): void {
  replaceMethods(sharedPrototypes.regExpStringIterator, onIterator);
  replaceMethods(RegExp.prototype, onRegExp);
}
