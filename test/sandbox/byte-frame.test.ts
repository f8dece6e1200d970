/** Frames cut out of a stream, wherever its chunks end; what came before a bad frame counts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameSplitter, FrameWriter } from "../../runtime/host/byte-frame.ts";

function frameOf(text: string): Buffer {
  const writer = new FrameWriter();
  writer.string(text);
  return writer.frame();
}

test("frames are the same wherever the chunks end", () => {
  const stream = Buffer.concat(["", "a", "bc".repeat(300)].map(frameOf));
  const whole = [...new FrameSplitter(1_000).push(stream)];
  assert.equal(whole.length, 3);
  for (const size of [1, 3, 4, 5, 7, 100, 605]) {
    const splitter = new FrameSplitter(1_000);
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) found.push(...splitter.push(stream.subarray(at, at + size)));
    assert.deepEqual(found, whole, `chunks of ${size} bytes`);
  }
});

test("what came before a frame that is too large is handed out", () => {
  const bad = Buffer.alloc(100, 255);
  const found: Buffer[] = [];
  assert.throws(() => {
    for (const body of new FrameSplitter(1_000).push(Buffer.concat([frameOf("good"), bad]))) found.push(body);
  }, /frame of 4294967295 bytes, 1000 are allowed/);
  assert.equal(found.length, 1);
});
