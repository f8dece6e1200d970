/**
 * Memory: ArrayBuffer, typed arrays, DataView. Typed arrays hold raw bytes, the bits of a NaN included.
 *
 *   ARRAY_BUFFER (0 length bytes | 1 length max bytes | 2)       fixed, resizable, detached
 *   TYPED_ARRAY type buffer:value offset (length + 1 | 0)        0: follows its buffer's length
 *   DATA_VIEW buffer:value offset (length + 1 | 0)
 */
import { NativeUint8Array, reflectConstruct } from "../../primordials.ts";
import { TYPED_ARRAY_NAMES } from "../class-names.ts";
import * as format from "../format.ts";
import { corrupt } from "../heap-error.ts";
import type { BodyReader, BrandedKind, Decoder, Encoder, HeadReader } from "../kind.ts";
import {
  bufferByteLength,
  bufferDetached,
  bufferMaxByteLength,
  bufferResizable,
  bufferResize,
  bufferTransfer,
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  isView,
  NativeArrayBuffer,
  NativeDataView,
  passes,
  TYPED_ARRAY_SIZES,
  TYPED_ARRAYS,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayLength,
  typedArrayTag,
  typedArrayValues,
  uint8Set,
  uint8Slice,
  type ViewClass,
} from "../natives.ts";
import { hasNoEnumerableNames } from "../own-names.ts";
import { elementIndex } from "./array.ts";

const bufferPrototype: object = ArrayBuffer.prototype;
const viewPrototype: object = DataView.prototype;

const FIXED = 0;
const RESIZABLE = 1;
const DETACHED = 2;

const bare = {
  isOwnProperty: () => false,
  ownPropertyCount: () => 0,
  hasChangedProperties: () => false,
};

export const arrayBuffer: BrandedKind = {
  ...bare,
  name: "ArrayBuffer",
  is: (value) => passes(bufferByteLength, value),
  prototypeOf: () => bufferPrototype,
  writeHead(encoder, value) {
    const { out } = encoder;
    out.byte(format.ARRAY_BUFFER);
    if (bufferDetached(value)) {
      out.byte(DETACHED);
      return undefined;
    }
    const length = bufferByteLength(value);
    const isResizable = bufferResizable(value);
    out.byte(isResizable ? RESIZABLE : FIXED);
    out.varint(length);
    if (isResizable) out.varint(bufferMaxByteLength(value));
    out.copy(new NativeUint8Array(value as ArrayBuffer), length);
    return undefined;
  },
  writeBody() {},
  visitEdges: () => false,
};

export const typedArray: BrandedKind = {
  probesCheaply: true,
  ...bare,
  name: "typed array",
  is: (value) => typedArrayTag(value) !== undefined,
  prototypeOf: (value) => TYPED_ARRAYS[typeOf(value)]!.prototype as object,
  ownPropertyCount: typedArrayLength,
  hasNoOtherNames: (value) => hasNoEnumerableNames(value as Uint8Array, typedArrayLength(value)),
  isOwnProperty: (_value, key) => elementIndex(key) >= 0,
  writeHead(encoder, value) {
    const { out } = encoder;
    out.byte(format.TYPED_ARRAY);
    out.byte(typeOf(value));
    writeView(encoder, value, typedArrayBuffer(value), typedArrayByteOffset(value), typedArrayLength(value));
    return undefined;
  },
  writeBody() {},
  visitEdges: (value, visit) => visit("buffer", typedArrayBuffer(value)),
};

export const dataView: BrandedKind = {
  probesCheaply: true,
  ...bare,
  name: "DataView",
  is: (value) => isView(value) && typedArrayTag(value) === undefined,
  prototypeOf: () => viewPrototype,
  writeHead(encoder, value) {
    encoder.out.byte(format.DATA_VIEW);
    const buffer = dataViewBuffer(value);
    const isGone = bufferDetached(buffer);
    writeView(encoder, value, buffer, isGone ? 0 : dataViewByteOffset(value), isGone ? 0 : dataViewByteLength(value));
    return undefined;
  },
  writeBody() {},
  visitEdges: (value, visit) => visit("buffer", dataViewBuffer(value)),
};

function typeOf(value: object): number {
  const tag = typedArrayTag(value);
  for (let i = 0; i < TYPED_ARRAY_NAMES.length; i++) if (TYPED_ARRAY_NAMES[i] === tag) return i;
  return -1;
}

function writeView(encoder: Encoder, value: object, buffer: ArrayBuffer, offset: number, length: number): void {
  encoder.value(buffer);
  const view = bufferResizable(buffer) && !bufferDetached(buffer) ? measure(value, buffer) : { offset, length };
  encoder.out.varint(view.offset);
  encoder.out.varint(view.length < 0 ? 0 : view.length + 1);
}

/**
 * Offset and length of a view on a resizable buffer, -1 when it follows the buffer: nothing tells, so the buffer takes its
 * largest size and one element less for a moment, and its bytes are put back.
 */
function measure(value: object, buffer: ArrayBuffer): { offset: number; length: number } {
  const isTyped = typedArrayTag(value) !== undefined;
  const size = isTyped ? TYPED_ARRAY_SIZES[typeOf(value)]! : 1;
  const lengthOf = isTyped ? typedArrayLength : dataViewByteLength;
  const byteLength = bufferByteLength(buffer);
  const most = bufferMaxByteLength(buffer);
  const saved = uint8Slice(new NativeUint8Array(buffer), 0, byteLength);
  bufferResize(buffer, most);
  const offset = isTyped ? typedArrayByteOffset(value) : dataViewByteOffset(value);
  const length = lengthOf(value);
  let follows = false;
  if (most - offset >= size) {
    bufferResize(buffer, most - size);
    follows = passes(isTyped ? typedArrayValues : dataViewByteLength, value) && lengthOf(value) !== length;
  } else {
    follows = length === 0;
  }
  bufferResize(buffer, byteLength);
  uint8Set(new NativeUint8Array(buffer), saved);
  return { offset, length: follows ? -1 : length };
}

function makeView(
  make: ViewClass | undefined,
  buffer: unknown,
  offset: number,
  length: number,
  isShort: boolean,
): object {
  if (make === undefined) corrupt("a typed array that this engine does not have");
  if (!arrayBuffer.is(buffer as object)) corrupt("a buffer was expected");
  try {
    // A view behind the end of its buffer is made while the buffer is long enough.
    if (isShort) bufferResize(buffer as ArrayBuffer, bufferMaxByteLength(buffer as object));
    return reflectConstruct(make, length < 0 ? [buffer, offset] : [buffer, offset, length]);
  } catch {
    return corrupt("a view that does not fit its buffer");
  }
}

function readView(decoder: Decoder, make: ViewClass | undefined, size: number): object {
  const index = decoder.reserve();
  const buffer = decoder.object();
  const offset = decoder.reader.varint();
  const length = decoder.reader.varint() - 1;
  const needed = offset + (length < 0 ? 0 : length * size);
  const isShort = arrayBuffer.is(buffer) && bufferResizable(buffer) && bufferByteLength(buffer) < needed;
  const current = isShort ? bufferByteLength(buffer) : 0;
  const view = makeView(make, buffer, offset, length, isShort);
  if (isShort) bufferResize(buffer as ArrayBuffer, current);
  decoder.place(index, view, undefined, undefined);
  return view;
}

/** Views on a detached buffer are made before it is detached, which happens when all of the graph is there. */
const detachLater: BodyReader = (decoder, buffer) => decoder.atEnd(() => bufferTransfer(buffer));

export const bufferHeads: readonly (readonly [number, HeadReader])[] = [
  [
    format.ARRAY_BUFFER,
    (decoder) => {
      const { reader } = decoder;
      const state = reader.byte();
      if (state === DETACHED) return decoder.add(new NativeArrayBuffer(0), detachLater, undefined);
      const index = decoder.reserve();
      const length = reader.varint();
      const most = state === RESIZABLE ? reader.varint() : length;
      if (state > RESIZABLE || most < length) corrupt("a buffer of an unknown form");
      const bytes = reader.take(length);
      let buffer: ArrayBuffer;
      try {
        buffer =
          state === RESIZABLE
            ? new NativeArrayBuffer(length, { __proto__: null, maxByteLength: most } as { maxByteLength: number })
            : new NativeArrayBuffer(length);
      } catch {
        return corrupt("a buffer that is too large");
      }
      uint8Set(new NativeUint8Array(buffer), bytes);
      decoder.place(index, buffer, undefined, undefined);
      return buffer;
    },
  ],
  [
    format.TYPED_ARRAY,
    (decoder) => {
      const type = decoder.reader.byte();
      return readView(decoder, TYPED_ARRAYS[type], TYPED_ARRAY_SIZES[type] ?? 1);
    },
  ],
  [format.DATA_VIEW, (decoder) => readView(decoder, NativeDataView, 1)],
];
