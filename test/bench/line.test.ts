/** The benchmarks' loads on real lines, small: every record is answered once, and a line that answers wrongly is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { closedLoop, preloaded } from "../../bench/line/load.ts";
import { withEmbeddedPair } from "../../bench/line/pair.ts";
import { formatTable, quantile } from "../../bench/table.ts";

test("engine and passthrough answer every record of both loads", async () => {
  await withEmbeddedPair(async ({ engine, passthrough, bytes }) => {
    for (const line of [engine, passthrough]) {
      const looped = await closedLoop(line, { threads: 3, length: 4 });
      assert.deepEqual([looped.steps, looped.latenciesMs.length], [15, 15]);
      assert.ok(looped.latenciesMs.every((ms) => ms > 0 && ms <= looped.ms));
      assert.equal((await preloaded(line, { threads: 5, length: 3 })).steps, 20);
    }
    assert.ok(bytes.state > 100 && bytes.status > 50 && bytes.history > 100, JSON.stringify(bytes));
    const wrong = { ...passthrough, inputOf: (link: number) => `${link === 2 ? 3 : link}` };
    await assert.rejects(closedLoop(wrong, { threads: 1, length: 4 }), /answered 3, and 2 was its turn/);
    const lossy = { ...passthrough, checkedCount: () => passthrough.checkedCount() * 2 };
    await assert.rejects(preloaded(lossy, { threads: 2, length: 1 }), /were answered, \d+ were processed/);
  });
});

test("a table gives medians and their ratio to the reference", () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
  assert.equal(quantile([5], 0.99), 5);
  const text = formatTable({
    title: "t",
    unit: "ms",
    reference: "a",
    rows: [
      { name: "a", rounds: [1, 2, 9] },
      { name: "b", rounds: [5] },
    ],
    doesNotMeasure: "much.",
  });
  assert.match(text, /a\s+2 ms\s+1–9\s+× 1\n/);
  assert.match(text, /b\s+5 ms\s+× 2\.5\n/);
  assert.match(text, /ratio: to "a"\. Not measured: much\./);
  const unknown = { title: "t", unit: "ms", reference: "c", rows: [], doesNotMeasure: "" };
  assert.throws(() => formatTable(unknown), /no row "c"/);
});
