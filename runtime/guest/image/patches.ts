/** Image patches. */
import type { Decoder } from "../heap/decoder.ts";
import type { Encoder } from "../heap/encoder.ts";

export function writePatches(encoder: Encoder, _isPrivate: boolean): void {
  encoder.out.byte(0);
}

export function readPatches(decoder: Decoder): void {
  decoder.reader.byte();
}
