/** Kafka's primitive types, written into one growing buffer. Shaped so that kafkajs takes it for its own encoder. */
export class Writer {
  buf: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.buf = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get buffer(): Buffer {
    return this.buf.subarray(0, this.#length);
  }

  #take(bytes: number): number {
    const at = this.#length;
    const needed = at + bytes;
    if (needed > this.buf.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.buf.length * 2));
      this.buf.copy(larger, 0, 0, at);
      this.buf = larger;
    }
    this.#length = needed;
    return at;
  }

  int8(value: number): this {
    const at = this.#take(1);
    this.buf[at] = value & 0xff;
    return this;
  }

  int16(value: number): this {
    const at = this.#take(2);
    this.buf.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#take(4);
    this.buf.writeInt32BE(value, at);
    return this;
  }

  uint32(value: number): this {
    const at = this.#take(4);
    this.buf.writeUInt32BE(value, at);
    return this;
  }

  int64(value: bigint | number): this {
    const at = this.#take(8);
    if (typeof value === "number" && value >= 0) {
      const high = Math.floor(value / 0x1_0000_0000);
      this.buf.writeUInt32BE(high, at);
      this.buf.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
    } else this.buf.writeBigInt64BE(BigInt(value), at);
    return this;
  }

  /** Nullable STRING: length as int16, -1 for null. */
  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const bytes = Buffer.byteLength(value);
    this.int16(bytes);
    const at = this.#take(bytes);
    this.buf.write(value, at, bytes, "utf8");
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#take(bytes.length);
    this.buf.set(bytes, at);
    return this;
  }

  /** Zigzag varint of any safe integer (Kafka's VARINT and VARLONG). */
  varint(value: number): this {
    return this.unsignedVarint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  /** Kafka's UNSIGNED_VARINT: lengths of compact types. */
  unsignedVarint(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.int8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.int8(rest);
  }

  /** Length as varint, -1 for null. */
  varBytes(value: Uint8Array | null): this {
    if (value === null) return this.varint(-1);
    return this.varint(value.length).raw(value);
  }

  varString(value: string): this {
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    const at = this.#take(bytes);
    this.buf.write(value, at, bytes, "utf8");
    return this;
  }
}

/** Bytes that `Writer.varint` takes for `value`. */
export function varintSize(value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  let size = 1;
  while (rest >= 0x80) {
    size += 1;
    rest = Math.floor(rest / 0x80);
  }
  return size;
}
