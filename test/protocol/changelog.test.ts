/** Envelopes of changelog values: round trips, pieces, and what is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  crc32c,
  decodeEnvelopes,
  decodeIdentity,
  decodePosition,
  encodeEnvelopes,
  encodeReserved,
  isStateKey,
  type KawaitError,
  pieceKey,
  piecesOf,
} from "#protocol";

const utf8 = new TextEncoder();

function table(entries: readonly { key: string; value: Uint8Array | null }[]): Map<string, Uint8Array> {
  return new Map(entries.flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])));
}

function isCode(code: string): (error: KawaitError) => boolean {
  return (error) => error.code === code;
}

test("CRC32C has its check value", () => {
  assert.equal(crc32c(utf8.encode("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
});

test("values of every length come back, in as few pieces as fit", () => {
  for (const length of [0, 1, 9, 10, 11, 20, 21, 99]) {
    const payload = Uint8Array.from({ length }, (_, at) => at * 7);
    const entries = encodeEnvelopes("k", payload, 10, 0);
    assert.equal(entries.length, Math.max(1, Math.ceil(length / 10)));
    const all = table(entries);
    assert.equal(piecesOf("k", all.get("k")!), entries.length);
    assert.deepEqual(
      decodeEnvelopes("k", all.get("k")!, (key) => all.get(key)),
      payload,
    );
  }
});

test("surplus pieces are tombstoned, by a shorter value and by a deletion", () => {
  const keys = (payload: Uint8Array | null): string[] =>
    encodeEnvelopes("k", payload, 10, 4).map(
      ({ key, value }) => `${key.replace("\0", "+")}${value === null ? " gone" : ""}`,
    );
  assert.deepEqual(keys(new Uint8Array(15)), ["k", "k+1", "k+2 gone", "k+3 gone"]);
  assert.deepEqual(keys(null), ["k gone", "k+1 gone", "k+2 gone", "k+3 gone"]);
});

test("damage is found out: a flipped bit, a missing piece, a piece of another value, no envelope at all", () => {
  const all = table(encodeEnvelopes("k", new Uint8Array(25), 10, 0));
  const other = table(encodeEnvelopes("k", new Uint8Array(25).fill(1), 10, 0));
  const head = all.get("k")!;
  const read = (changes: Record<string, Uint8Array | undefined>) => () =>
    decodeEnvelopes("k", changes.k ?? head, (key) => (key in changes ? changes[key] : all.get(key)));
  const flipped = head.slice();
  flipped[flipped.length - 1]! ^= 1;
  assert.throws(read({ k: flipped }), isCode("CorruptState"));
  assert.throws(read({ [pieceKey("k", 1)]: undefined }), isCode("CorruptState"));
  assert.throws(read({ [pieceKey("k", 2)]: other.get(pieceKey("k", 2)) }), isCode("CorruptState"));
  assert.throws(read({ k: utf8.encode("a plain value") }), isCode("CorruptState"));
});

test("a newer version halts, it is never taken for damage", () => {
  const head = encodeEnvelopes("k", new Uint8Array(3), 10, 0)[0]!.value!;
  head[2] = 2;
  assert.throws(() => decodeEnvelopes("k", head, () => undefined), isCode("UnknownFormatVersion"));
  const identity = { version: 2, installation: "", partitions: 1, changelogId: "x" };
  assert.throws(() => decodeIdentity(encodeReserved(identity)), isCode("UnknownFormatVersion"));
});

test("identity and position come back; reserved keys are no state keys", () => {
  const identity = { version: 1, installation: "shop", partitions: 4, changelogId: "id" };
  assert.deepEqual(decodeIdentity(encodeReserved(identity)), identity);
  const position = { version: 1, next: { "workflow-resume": 2 ** 40 } };
  assert.deepEqual(decodePosition(encodeReserved(position)), position);
  assert.throws(() => decodePosition(utf8.encode("{}")), isCode("CorruptState"));
  assert.deepEqual(["thread", "", "\0id", "a\0b"].map(isStateKey), [true, false, false, false]);
});
