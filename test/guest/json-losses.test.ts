/** What JSON loses of an output or a result is told in the log, with its path; what it is known to do is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepAdvanced } from "#protocol";
import { bothWays } from "./script.ts";

const SOURCE = `import * as W from "kawait";
W.config.outputTopics.add("out");

class Account {
  #balance = 5;
  owner = "Ada";
  get balance() { return this.#balance; }
}
class Plain { a = 1; method() {} }
class Own { #x = new Map(); toJSON() { return 1; } }

const values: Record<string, () => unknown> = {
  map: () => ({ items: new Map([[1, 2]]), more: [{ seen: new Set() }] }),
  numbers: () => [NaN, 1, -Infinity, { "a b": -0 }],
  list: () => ({ list: [1, undefined, , () => {}, Symbol("s")], left: { out: () => {} } }),
  objects: () => ({ text: /a/g, error: new RangeError("x"), bytes: new Uint8Array(2), later: W.suspend("never") }),
  instances: () => [new Account(), new Plain()],
  own: () => ({ "": Object.assign(new (class Tags extends Map {})(), { tag: 1 }), when: new Date(NaN) }),
  many: () => Array.from({ length: 9 }, () => NaN),
  fine: () => {
    const shared = { a: 1 };
    return {
      gone: undefined, when: new Date(0), own: new Own(), plain: new Plain(), bare: Object.create(null), box: new Number(1), shared,
      list: [shared, null, "", true, 1.5], get later() { return new Map(); }, proxy: new Proxy({}, {}), zero: 0,
    };
  },
  bigint: () => ({ total: [1n] }),
};

export async function main(what: string): Promise<unknown> {
  const value = values[what]!();
  if (what !== "bigint") W.outputJSON(value, "out");
  if (what === "numbers") W.outputJSON(value, "out");
  await W.suspend("go");
  return value;
}
`;

const ADVICE = "Give plain data, or set config.serializer (superjson, for instance).";

const LOSSES: Record<string, string> = {
  map: "value.items: a Map becomes {}; value.more[0].seen: a Set becomes {}",
  numbers: 'value[0]: NaN becomes null; value[2]: -Infinity becomes null; value[3]["a b"]: -0 becomes 0',
  list: "value.list[1]: undefined becomes null; value.list[2]: undefined becomes null; value.list[3]: a function becomes null; value.list[4]: a symbol becomes null; value.left.out: a function is left out",
  objects:
    "value.text: a RegExp becomes {}; value.error: a RangeError becomes {}; value.bytes: a Uint8Array becomes an object; value.later: a Suspend becomes {}: await it first",
  instances: "value[0]: an Account loses its private state",
  own: 'value[""]: a Tags loses all but its properties; value.when: an invalid Date becomes null',
  many: `${[0, 1, 2, 3, 4].map((n) => `value[${n}]: NaN becomes null`).join("; ")}; …`,
};

const warnings = ({ logs }: StepAdvanced): string[] =>
  logs.filter(({ level }) => level === "warn").map(({ text }) => text);

for (const what of [...Object.keys(LOSSES), "fine"]) {
  test(`what JSON loses: ${what}`, async () => {
    const [first, end] = await bothWays(SOURCE, (thread) => [thread.start(what), thread.resume("go", null)]);
    const told = (root: string): string[] => {
      const losses = LOSSES[what]?.replace(/(^|; )value/g, `$1${root}`);
      return losses === undefined ? [] : [`JSON does not hold all of it: ${losses}. ${ADVICE}`];
    };
    assert.deepEqual(warnings(first!), told("output"), "once a step");
    assert.deepEqual(warnings(end!), told("result"));
    assert.equal(end!.status, "completed");
  });
}

test("what has no JSON fails the thread, and says where it is", async () => {
  const [, end] = await bothWays(SOURCE, (thread) => [thread.start("bigint"), thread.resume("go", null)]);
  assert.equal(end!.status, "failed");
  assert.match(end!.result!, /serialize a BigInt \(result\.total\[0\]: a BigInt has no JSON\)"$/);
});
