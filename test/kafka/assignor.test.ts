/** The assignment: complete, balanced, sticky, the same for everybody who computes it. No broker. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assign, type Claim, decodeClaim, encodeClaim, NO_CLAIM } from "../../stream/kafka/group/assignor.ts";
import { seededRandom } from "./harness/fixture.ts";

const SEED = Number(process.env.KAWAIT_TEST_SEED ?? 20261121);

test("every partition has one owner, and shares differ by one at most", (t) => {
  t.diagnostic(`seed ${SEED}`);
  const random = seededRandom(SEED);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let run = 0; run < 2000; run += 1) {
    const partitionCount = below(20);
    const members = new Map<string, Claim>();
    for (let index = below(6) + 1; index > 0; index -= 1) {
      const partitions = Array.from({ length: below(8) }, () => below(24) - 2);
      members.set(`member-${below(1000)}`, { partitions, generation: below(4) - 1 });
    }
    const result = assign(members, partitionCount);
    const all = [...result.values()].flat().sort((left, right) => left - right);
    assert.deepEqual(
      all,
      Array.from({ length: partitionCount }, (_, index) => index),
    );
    const sizes = [...result.values()].map((own) => own.length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `unbalanced: ${sizes}`);
    assert.deepEqual(
      new Map([...assign(new Map([...members].reverse()), partitionCount)].sort()),
      new Map([...result].sort()),
    );

    // Nothing moves when nothing changes; and when a member comes, nothing moves between the old ones.
    const settled = new Map([...result].map(([id, partitions]) => [id, { partitions, generation: 9 }]));
    assert.deepEqual(assign(settled, partitionCount), result);
    const grown = assign(new Map([...settled, ["newcomer", NO_CLAIM]]), partitionCount);
    for (const [id, own] of grown) {
      if (id !== "newcomer")
        assert.ok(
          own.every((partition) => result.get(id)?.includes(partition)),
          `${id} got others`,
        );
    }
  }
});

test("of two claims the later generation wins", () => {
  const members = new Map([
    ["a", { partitions: [0, 1], generation: 4 }],
    ["b", { partitions: [0, 1], generation: 5 }],
  ]);
  assert.deepEqual(
    assign(members, 2),
    new Map([
      ["a", [1]],
      ["b", [0]],
    ]),
  );
});

test("user data that cannot be read claims nothing", () => {
  assert.deepEqual(decodeClaim(encodeClaim({ partitions: [3], generation: 2 })), { partitions: [3], generation: 2 });
  for (const bad of ["", "{", "null", "[]", '{"partitions":1,"generation":2}']) {
    assert.deepEqual(decodeClaim(Buffer.from(bad)), NO_CLAIM);
  }
  assert.deepEqual(decodeClaim(null), NO_CLAIM);
});
