/** Malformed bytes and texts from a seed: some from nothing, most from something sound that was damaged. */
import type { Random } from "../../stream/fake/index.ts";

const TOKENS = [
  "new:",
  "new:{",
  "new:null",
  "null",
  "{}",
  "[]",
  '{"ref":"x"}',
  '{"ref":"0:0","value":1}',
  '{"ref":"99:1"}',
  '{"ref":""}',
  '{"ref":5}',
  '{"__proto__":{"ref":"x"}}',
  '{"ref":"x","ref":"y"}',
  '{"ref":"constructor"}',
  "|",
  "\0",
  "\ufeff",
  "\ud800",
  "0",
  "-1",
  "1e3",
  "99999999999999999999",
  " 5 ",
  "kawait",
  "[".repeat(3_000),
  '{"a":'.repeat(500),
  "x".repeat(2_000),
];

const utf8 = new TextEncoder();

export function randomText(random: Random): string {
  let text = "";
  for (let parts = 1 + random.below(4); parts > 0; parts--)
    text += random.chance(0.8) ? random.pick(TOKENS) : String.fromCharCode(random.below(0x3_000));
  return text;
}

export function randomBytes(random: Random): Uint8Array {
  const draw = random.below(4);
  if (draw === 0) return random.bytes(random.below(80));
  const bytes = utf8.encode(randomText(random));
  return draw === 1 ? damaged(random, bytes) : bytes;
}

/** A few bytes changed, or a piece taken out, put in twice or cut off. */
export function damaged(random: Random, sound: Uint8Array): Uint8Array {
  let bytes = new Uint8Array(sound);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(bytes.length + 1);
    const length = random.below(Math.min(16, bytes.length - at) + 1);
    const kind = random.below(5);
    if (kind === 0 && at < bytes.length) bytes[at] = random.below(256);
    else if (kind === 1 && at < bytes.length) bytes[at]! ^= 1 << random.below(8);
    else if (kind === 2) bytes = joined(bytes.subarray(0, at), bytes.subarray(at + length));
    else if (kind === 3) bytes = joined(bytes.subarray(0, at + length), bytes.subarray(at));
    else bytes = bytes.slice(0, at);
  }
  return bytes;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** For people: a piece that is repeated dozens of times is told once. */
export function shortened(text: string): string {
  return text
    .replace(/(.{1,24}?)\1{29,}/gs, (all, piece: string) => `«${piece}» × ${all.length / piece.length}`)
    .slice(0, 8_000);
}
