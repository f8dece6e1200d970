/** Captured natives that only the codec and the image need; `../primordials.ts` holds those that the whole runtime shares. */
import { reflectGetPrototypeOf, uncurry } from "../primordials.ts";
import { TYPED_ARRAY_NAMES } from "./class-names.ts";

type Getter<T> = () => T;

function getter<T>(prototype: object, key: PropertyKey): (receiver: object) => T {
  const { get } = Object.getOwnPropertyDescriptor(prototype, key)!;
  return uncurry(get as Getter<T>) as never;
}

export const getOwnPropertySymbols = Object.getOwnPropertySymbols;
export const isFrozen = Object.isFrozen;
export const isSealed = Object.isSealed;
export const isSafeInteger = Number.isSafeInteger;
export const isError = (Error as unknown as { isError(value: unknown): boolean }).isError;
export const isView = ArrayBuffer.isView;
export const symbolKeyFor = Symbol.keyFor;
export const symbolFor = Symbol.for;
export const symbolDescription = uncurry(
  Object.getOwnPropertyDescriptor(Symbol.prototype, "description")!.get as (this: symbol) => string | undefined,
);
export const NativeBigInt = BigInt;
export const NativeObject = Object;
export const NativeArray = Array;
export const NativeRegExp = RegExp;

export const dateGetTime = uncurry(Date.prototype.getTime);
export const dateSetTime = uncurry(Date.prototype.setTime);
export const regExpSource = getter<string>(RegExp.prototype, "source");
export const regExpCompile = uncurry(RegExp.prototype.compile);
export const regExpExec = uncurry(RegExp.prototype.exec);
/** One getter per flag: `flags` itself reads properties that a script can define. */
export const regExpFlags: readonly (readonly [string, (receiver: object) => boolean])[] = [
  ["d", getter(RegExp.prototype, "hasIndices")],
  ["g", getter(RegExp.prototype, "global")],
  ["i", getter(RegExp.prototype, "ignoreCase")],
  ["m", getter(RegExp.prototype, "multiline")],
  ["s", getter(RegExp.prototype, "dotAll")],
  ["u", getter(RegExp.prototype, "unicode")],
  ["v", getter(RegExp.prototype, "unicodeSets")],
  ["y", getter(RegExp.prototype, "sticky")],
];

export const NativeArrayBuffer = ArrayBuffer;
export const bufferByteLength = getter<number>(ArrayBuffer.prototype, "byteLength");
export const bufferMaxByteLength = getter<number>(ArrayBuffer.prototype, "maxByteLength");
export const bufferResizable = getter<boolean>(ArrayBuffer.prototype, "resizable");
export const bufferDetached = getter<boolean>(ArrayBuffer.prototype, "detached");
export const bufferResize = uncurry(ArrayBuffer.prototype.resize);
export const bufferTransfer = uncurry(ArrayBuffer.prototype.transfer as (this: ArrayBuffer) => ArrayBuffer);

const typedArrayPrototype = reflectGetPrototypeOf(Int8Array.prototype)!;
export const typedArrayTag = getter<string | undefined>(typedArrayPrototype, Symbol.toStringTag);
export const typedArrayBuffer = getter<ArrayBuffer>(typedArrayPrototype, "buffer");
export const typedArrayByteLength = getter<number>(typedArrayPrototype, "byteLength");
export const typedArrayByteOffset = getter<number>(typedArrayPrototype, "byteOffset");
export const typedArrayLength = getter<number>(typedArrayPrototype, "length");
export const typedArrayValues = uncurry(Uint8Array.prototype.values);
export const dataViewBuffer = getter<ArrayBuffer>(DataView.prototype, "buffer");
export const dataViewByteLength = getter<number>(DataView.prototype, "byteLength");
export const dataViewByteOffset = getter<number>(DataView.prototype, "byteOffset");
export const uint8Set = uncurry(Uint8Array.prototype.set);
export const uint8Slice = uncurry(Uint8Array.prototype.slice);
export const uint8Subarray = uncurry(Uint8Array.prototype.subarray);
export const uint8Fill = uncurry(Uint8Array.prototype.fill);

export const numberValueOf = uncurry(Number.prototype.valueOf);
export const stringValueOf = uncurry(String.prototype.valueOf);
export const booleanValueOf = uncurry(Boolean.prototype.valueOf);
export const symbolValueOf = uncurry(Symbol.prototype.valueOf);
export const bigIntValueOf = uncurry(BigInt.prototype.valueOf);

/** Whether a brand check of a native passes: natives throw when an internal slot is not there, and run no guest code before. */
export function passes(probe: (receiver: never) => unknown, value: object): boolean {
  try {
    probe(value as never);
    return true;
  } catch {
    return false;
  }
}

export const NativeDataView = DataView;
export type ViewClass = new (buffer: never, offset?: number, length?: number) => object;

const globals = globalThis as unknown as Record<
  string,
  (ViewClass & { readonly BYTES_PER_ELEMENT: number }) | undefined
>;

/** By number in the format. `undefined`: this engine has none. */
export const TYPED_ARRAYS: readonly (ViewClass | undefined)[] = TYPED_ARRAY_NAMES.map((name) => globals[name]);
export const TYPED_ARRAY_SIZES: readonly number[] = TYPED_ARRAY_NAMES.map(
  (name) => globals[name]?.BYTES_PER_ELEMENT ?? 1,
);
