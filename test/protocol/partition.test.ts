/** Where keys belong, against the vectors of Kafka's Java client. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { murmur2, partitionOf } from "#protocol";

const utf8 = new TextEncoder();

test("murmur2 gives what Kafka's Java client gives", () => {
  // From the client's own tests (UtilsTest).
  const vectors: readonly (readonly [string, number])[] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];
  for (const [text, hash] of vectors) assert.equal(murmur2(utf8.encode(text)), hash, text);
});

test("a partition is never negative, and spread over all", () => {
  const seen = new Set<number>();
  for (let n = 0; n < 1000; n++) seen.add(partitionOf(utf8.encode(`thread-${n}`), 7));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(partitionOf(utf8.encode("foobar"), 10), (-790332482 & 0x7fffffff) % 10);
  assert.throws(() => partitionOf(utf8.encode("a"), 0), RangeError);
});
