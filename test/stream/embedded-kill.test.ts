/**
 * I1 on the embedded broker: a process with concurrent transactions is killed at random moments, again and again. Every
 * answered transaction is there, every transaction is whole, none is doubled, in every partition in order.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openEmbeddedBroker } from "#stream";
import { CHANGELOG, INPUT, readAll, temporaryFolder, text } from "./counting-processor.ts";
import { killedChild } from "./killed-child.ts";

const ROUNDS = 14;
const WRITERS = 4;
const PARTITIONS = 3;

test(`killed ${ROUNDS} times: nothing lost, doubled or torn`, { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  const seed = Date.now() % 1e9;
  t.diagnostic(`seed ${seed}`);
  let state = seed;
  const answered = new Array<number>(WRITERS).fill(0);
  for (let round = 0; round < ROUNDS; round++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const output = await killedChild("embedded-kill-child.ts", [folder.path, String(round)], state % 40);
    for (const line of output.split("\n").slice(0, -1)) {
      const [writer, number] = line.split(" ").map(Number);
      answered[writer!] = Math.max(answered[writer!]!, number!);
    }
    await check(folder.path, answered, round);
  }
  t.diagnostic(`answered transactions: ${answered.reduce((sum, each) => sum + each, 0)}`);
});

async function check(folder: string, answered: readonly number[], round: number): Promise<void> {
  const broker = await openEmbeddedBroker({ folder });
  try {
    const latest = new Map<string, number>();
    for (const record of await readAll(broker, CHANGELOG, 1)) latest.set(text(record.key), Number(text(record.value)));
    const seen = new Map<string, number>();
    const offsets = new Map<number, number>();
    for (const record of await readAll(broker, INPUT, PARTITIONS)) {
      const name = `${text(record.key)}/${record.partition}`;
      const number = Number(text(record.value).split(" ")[0]);
      assert.equal(number, (seen.get(name) ?? 0) + 1, `round ${round}: ${name} goes on without hole or repetition`);
      seen.set(name, number);
      assert.ok(record.offset > (offsets.get(record.partition) ?? -1), "offsets only grow");
      offsets.set(record.partition, record.offset);
    }
    for (let writer = 0; writer < WRITERS; writer++) {
      const last = latest.get(`w${writer}`) ?? 0;
      assert.ok(
        last >= answered[writer]!,
        `round ${round}: ${answered[writer]} of writer ${writer} was answered, ${last} is there`,
      );
      for (let partition = 0; partition < PARTITIONS; partition++) {
        assert.equal(
          seen.get(`w${writer}/${partition}`) ?? 0,
          last,
          `round ${round}: a torn transaction of writer ${writer}`,
        );
      }
    }
  } finally {
    await broker.close();
  }
}
