/**
 * Fields of the binary records that the host writes (states, status, history): `n` is an unsigned LEB128, `s` is n and
 * that many bytes of UTF-8. The guest has a codec of its own (`step-codec.ts`), for what an isolate lacks.
 */

const FIRST_BYTES = 512;
/** A writer that has grown beyond this for one large record starts small again. */
const KEPT_BYTES_MAX = 1024 * 1024;
/** A character takes at most three bytes of UTF-8 a UTF-16 unit: so many units have a length of one byte for sure. */
const SHORT_TEXT = 42;

const KNOWN_HASHES = new Map<string, Uint8Array>();
const KNOWN_HASHES_MAX = 256;

/** Used again for each record: `reset` begins one, `copy` gives its bytes. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  reset(): this {
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.#length = 0;
    return this;
  }

  #take(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, at + count));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#length = at + count;
    return at;
  }

  byte(value: number): void {
    const at = this.#take(1);
    this.#bytes[at] = value;
  }

  bytes(value: Uint8Array): void {
    const at = this.#take(value.length);
    this.#bytes.set(value, at);
  }

  /** The bytes of a hash in hex that comes again and again: a program's, the runtime's. */
  knownHash(digits: string): void {
    let bytes = KNOWN_HASHES.get(digits);
    if (bytes === undefined) {
      bytes = Buffer.from(digits, "hex");
      if (KNOWN_HASHES.size >= KNOWN_HASHES_MAX) KNOWN_HASHES.clear();
      KNOWN_HASHES.set(digits, bytes);
    }
    this.bytes(bytes);
  }

  /** The bytes that an even number of hex digits stands for. */
  hex(digits: string): void {
    const at = this.#take(digits.length / 2);
    this.#bytes.write(digits, at, "hex");
  }

  uint32(value: number): void {
    const at = this.#take(4);
    this.#bytes.writeUInt32BE(value, at);
  }

  float64(value: number): void {
    const at = this.#take(8);
    this.#bytes.writeDoubleBE(value, at);
  }

  setUint32(at: number, value: number): void {
    this.#bytes.writeUInt32BE(value, at);
  }

  /** A safe integer from 0 on. */
  number(value: number): void {
    let at = this.#take(8);
    let rest = value;
    while (rest > 127) {
      const low = rest % 128;
      this.#bytes[at++] = low | 128;
      rest = (rest - low) / 128;
    }
    this.#bytes[at++] = rest;
    this.#length = at;
  }

  text(value: string): void {
    if (value.length <= SHORT_TEXT) {
      const at = this.#take(1 + value.length * 3);
      const written = this.#bytes.write(value, at + 1, "utf8");
      this.#bytes[at] = written;
      this.#length = at + 1 + written;
      return;
    }
    const count = Buffer.byteLength(value);
    this.number(count);
    const at = this.#take(count);
    this.#bytes.write(value, at, count, "utf8");
  }

  /** What was written, in place: good until the next write. */
  get view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written, in memory of its own: for bytes that are kept. */
  copy(): Uint8Array {
    return new Uint8Array(this.view);
  }

  /** What was written, in memory of Node's pool, at a fifth of the cost: for bytes that are soon let go, and the pool with them. */
  pooled(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.#length);
    this.#bytes.copy(bytes, 0, 0, this.#length);
    return bytes;
  }
}

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #fail: (what: string) => Error;
  #at: number;

  /** @param fail makes the error for bytes that do not fit */
  constructor(bytes: Uint8Array, at: number, fail: (what: string) => Error) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
    this.#fail = fail;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw this.#fail("it is cut short");
    this.#at = at + count;
    return at;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  /** A view. */
  bytes(count: number): Buffer {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  hex(count: number): string {
    const at = this.#take(count);
    return this.#bytes.toString("hex", at, at + count);
  }

  float64(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  number(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
      if (factor > Number.MAX_SAFE_INTEGER) throw this.#fail("a number in it is too large");
    }
  }

  text(): string {
    const count = this.number();
    const at = this.#take(count);
    return this.#bytes.toString("utf8", at, at + count);
  }

  list<T>(read: () => T): T[] {
    const count = this.number();
    if (count > this.#bytes.length) throw this.#fail("a list in it is too long");
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(read());
    return items;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw this.#fail("there is more behind its end");
  }
}
