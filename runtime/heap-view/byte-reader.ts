/** Bytes of a heap on the host's side; what ends too early is `CorruptState`. */
import { KawaitError } from "#protocol";

export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** From here on only the next `length` bytes count. */
  narrow(length: number): void {
    this.#need(length);
    this.#end = this.#at + length;
  }

  byte(): number {
    this.#need(1);
    return this.#bytes[this.#at++]!;
  }

  /** LEB128 */
  number(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw tooShort("a number is too large");
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  float(): number {
    const bytes = this.take(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  }

  take(length: number): Uint8Array {
    this.#need(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  latin1(): string {
    return Buffer.from(this.take(this.number())).toString("latin1");
  }

  utf16(): string {
    return Buffer.from(this.take(this.number() * 2)).toString("utf16le");
  }

  #need(count: number): void {
    if (count > this.#end - this.#at) throw tooShort("it ends too early");
  }
}

function tooShort(what: string): KawaitError {
  return new KawaitError("CorruptState", `The heap does not fit its grammar: ${what}.`);
}
