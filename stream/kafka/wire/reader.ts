/** Kafka's primitive types, read from one buffer. Reading past the end throws `RangeError`. */
export class Reader {
  readonly bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  #take(count: number): number {
    const at = this.position;
    if (count < 0 || at + count > this.bytes.length) throw new RangeError("a Kafka message ends too early");
    this.position = at + count;
    return at;
  }

  int8(): number {
    return this.bytes.readInt8(this.#take(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.#take(4));
  }

  /** An int64 that is known to be a safe integer: an offset, a timestamp. */
  int64(): number {
    const at = this.#take(8);
    return this.bytes.readInt32BE(at) * 0x1_0000_0000 + this.bytes.readUInt32BE(at + 4);
  }

  bigint64(): bigint {
    return this.bytes.readBigInt64BE(this.#take(8));
  }

  string(): string | null {
    const length = this.int16();
    if (length < 0) return null;
    const at = this.#take(length);
    return this.bytes.toString("utf8", at, at + length);
  }

  raw(length: number): Buffer {
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  skip(length: number): void {
    this.#take(length);
  }

  varint(): number {
    let scale = 1;
    let value = 0;
    for (;;) {
      const byte = this.bytes[this.#take(1)] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  varBytes(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.raw(length);
  }
}
