/** `config.serializer`: rich values in records, with superjson on both sides. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import superjson from "superjson";
import { compile } from "#compiler";
import { Guest, ThreadByHand } from "./harness.ts";
import { advanced, sent } from "./script.ts";

class Money {
  amount = 0n;
  currency = "EUR";
}
superjson.registerClass(Money, { identifier: "Money" });

const folder = fileURLToPath(new URL("../fixtures/serializer", import.meta.url));
const { program } = await compile({ entry: "main.ts", folder });

const wire = (value: unknown): unknown => JSON.parse(superjson.stringify(value));
const refusal = new RangeError("too late");
const order = { at: new Date(1_000), items: new Map([["tea", 30n]]) };
const paid = { when: new Date(2_000), by: new Set(["card"]), price: Object.assign(new Money(), { amount: 7n }) };

for (const [mode, isPrivate] of [["shared", false] as const, ["private", true] as const]) {
  for (const decodes of [false, true]) {
    test(`rich values travel as superjson (${mode}, ${decodes ? "decoded before every step" : "live"})`, () => {
      const guest = new Guest();
      guest.load(program.code, program.tables, isPrivate);
      const thread = new ThreadByHand(guest);
      thread.isPrivate = isPrivate;
      thread.decodes = decodes;
      const [out] = sent(thread.start(wire(order)), "orders");
      const told = superjson.parse<{ at: Date; count: number; price: Money }>(out!);
      assert.deepEqual([told.at, told.count, told.price.amount], [order.at, 1, 5n]);
      assert.ok(told.price instanceof Money);
      thread.resume("paid", wire(paid));
      thread.resume("plain", { json: 1, other: 2 });
      const end = advanced(thread.reject("refused", wire(refusal)));
      assert.equal(end.status, "completed", end.result ?? "");
      const { refused, ...rest } = superjson.parse<Record<string, unknown>>(end.result!);
      assert.deepEqual(rest, { total: 30n, paid, text: "7 EUR", plain: { json: 1, other: 2 } });
      assert.ok(refused instanceof Error);
      assert.deepEqual([refused.name, refused.message], ["RangeError", "too late"]);
      guest.release();
    });
  }
}

test("a record that the serializer does not take rejects its suspension", () => {
  const guest = new Guest();
  guest.load(program.code, program.tables, true);
  const thread = new ThreadByHand(guest);
  thread.start(wire(order));
  const end = advanced(thread.resume("paid", { json: {}, meta: { values: [["custom", "Unknown"]], v: 1 } }));
  assert.equal(end.status, "failed");
  const error = superjson.parse(end.result!);
  assert.ok(error instanceof Error, end.result!);
  guest.release();
});
