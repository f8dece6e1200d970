/**
 * What Web IDL says of every interface alike: the tag, the form of the members, conversions of arguments, errors of Node's
 * for wrong ones.
 */

// biome-ignore lint/suspicious/noExplicitAny: constructors of every sort.
type Interface = abstract new (...args: any[]) => object;

/** Members of an interface can be enumerated, unlike those of a class. */
export function defineInterface(target: Interface, tag: string, members: readonly string[]): void {
  const { prototype } = target as { prototype: object };
  for (const name of members) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!;
    Object.defineProperty(prototype, name, { ...descriptor, enumerable: true });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: tag, configurable: true });
}

export function defineConstants(targets: readonly object[], constants: Readonly<Record<string, number>>): void {
  for (const target of targets) {
    for (const name of Object.keys(constants)) {
      Object.defineProperty(target, name, { value: constants[name], enumerable: true });
    }
  }
}

/** An error with one of Node's codes. */
export function coded<E extends Error>(error: E, code: string): E {
  Object.defineProperty(error, "code", { value: code, enumerable: true, writable: true, configurable: true });
  return error;
}

export function wrongType(what: string): TypeError {
  return coded(new TypeError(what), "ERR_INVALID_ARG_TYPE");
}

export function requireArguments(given: number, needed: number, names: string): void {
  if (given >= needed) return;
  throw coded(new TypeError(`The ${names} argument${needed > 1 ? "s" : ""} must be specified`), "ERR_MISSING_ARGS");
}

/** USVString: lone surrogates become U+FFFD. */
export function usvString(value: unknown): string {
  return `${value}`.toWellFormed();
}

/** ByteString: Latin-1 code units. */
export function byteString(value: unknown): string {
  const text = `${value}`;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff) {
      throw new TypeError(
        `Cannot convert argument to a ByteString because the character at index ${i} has a value of ${text.charCodeAt(i)} which is greater than 255.`,
      );
    }
  }
  return text;
}

/** Without HTTP's white space around it; by hand, since `[ ]+$` takes time by the square of a run of spaces. */
export function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

/** The own prototype of a kind of iterator: `next` is the only member. */
export function defineIterator(target: Interface, tag: string): void {
  const { prototype } = target as { prototype: object };
  const iteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  Object.setPrototypeOf(prototype, iteratorPrototype);
  Reflect.deleteProperty(prototype, "constructor");
  defineInterface(target, tag, ["next"]);
}

/** Bytes of a BufferSource, not copied. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isArrayBuffer(value) ? new Uint8Array(value) : undefined;
}

const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")!.get!;

export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  try {
    byteLength.call(value);
    return true;
  } catch {
    return false;
  }
}
