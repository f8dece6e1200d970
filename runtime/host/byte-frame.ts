/**
 * Writing and reading of the primitive parts of a frame between engine and sandbox process. Numbers are little-endian;
 * strings are UTF-8 behind their length in bytes.
 *
 * A reader checks every length against the bytes that are there: a frame from a sandbox process is not trusted (I5).
 */

const INITIAL_BYTES = 16 * 1024;

export class FrameWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  #reserve(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, at + count));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#length = at + count;
    return at;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32LE(value, at);
  }

  f64(value: number): void {
    const at = this.#reserve(8);
    this.#bytes.writeDoubleLE(value, at);
  }

  string(value: string): void {
    const count = Buffer.byteLength(value);
    this.u32(count);
    const at = this.#reserve(count);
    this.#bytes.write(value, at, count, "utf8");
  }

  bytes(value: Uint8Array): void {
    this.u32(value.length);
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  /** The frame: its body's length, then the body. The writer must not be used afterwards. */
  frame(): Buffer {
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32LE(this.#length, 0);
    return Buffer.concat([head, this.#bytes.subarray(0, this.#length)]);
  }
}

export class FrameReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#bytes = body;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw new RangeError(`frame ends early: ${count} bytes wanted at ${at}`);
    this.#at = at + count;
    return at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  f64(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  string(): string {
    const count = this.u32();
    const at = this.#take(count);
    return this.#bytes.toString("utf8", at, at + count);
  }

  /** A view into the frame. */
  bytes(): Buffer {
    const count = this.u32();
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  end(): void {
    if (this.#at !== this.#bytes.length)
      throw new RangeError(`${this.#bytes.length - this.#at} bytes behind the frame's end`);
  }
}

/** Cuts a stream of chunks into frame bodies. */
export class FrameSplitter {
  /** A frame that claims to be larger is refused before its bytes are kept. */
  frameBytesMax: number;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /**
   * Gives the bodies that are complete now, one by one: what came before a bad frame counts.
   *
   * @throws RangeError when a frame claims to be larger than allowed
   */
  *push(chunk: Buffer): Iterable<Buffer> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= 4) {
      const size = this.#peekSize();
      if (size > this.frameBytesMax) throw new RangeError(`frame of ${size} bytes, ${this.frameBytesMax} are allowed`);
      if (this.#length < 4 + size) break;
      const joined = this.#join();
      const rest = joined.subarray(4 + size);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#length = rest.length;
      yield joined.subarray(4, 4 + size);
    }
  }

  #peekSize(): number {
    const first = this.#chunks[0] as Buffer;
    return (first.length >= 4 ? first : this.#join()).readUInt32LE(0);
  }

  #join(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] as Buffer;
  }
}
