/** Groups of writes that follow from their number, and what the tables of a disk hold behind so many of them. */
import assert from "node:assert/strict";
import { type Disk, TABLE_NAMES } from "../../stream/embedded/disk.ts";
import type { Row } from "../../stream/embedded/write-record.ts";
import { randomFrom } from "./runner-world.ts";

const KEYS = 300;
const META = 0;
/** Tables that groups write to, beside the count of groups. */
const WRITTEN = [1, 2, 3] as const;
const COUNT = Buffer.from("count");
const LARGE_EVERY = 37;

export function groupOf(number: number): Row[] {
  const draw = randomFrom(number);
  const rows: Row[] = [{ table: META, key: COUNT, value: Buffer.from(String(number)) }];
  const writes = number % LARGE_EVERY === 0 ? 60 : 1 + Math.floor(draw() * 8);
  for (let at = 0; at < writes; at++) {
    const table = WRITTEN[Math.floor(draw() * WRITTEN.length)]!;
    const key = keyOf(Math.floor(draw() * KEYS));
    const value = draw() < 0.2 ? undefined : Buffer.alloc(Math.floor(draw() * 200), number % 251);
    rows.push({ table, key, value });
  }
  return rows;
}

function keyOf(number: number): Buffer {
  return Buffer.from(`${"é".repeat(number % 3)}${number}`);
}

export class DiskModel {
  readonly tables: readonly Map<string, Row>[] = TABLE_NAMES.map(() => new Map());
  groups = 0;

  /** Takes the next group. */
  advance(): Row[] {
    const rows = groupOf(++this.groups);
    for (const row of rows) this.tables[row.table]!.set(Buffer.from(row.key).toString("latin1"), row);
    return rows;
  }

  advanceTo(count: number): void {
    while (this.groups < count) this.advance();
  }

  range(table: number, from?: Uint8Array, to?: Uint8Array): readonly (readonly [string, string])[] {
    return [...this.tables[table]!.values()]
      .filter(({ key, value }) => value && (!from || compare(key, from) >= 0) && (!to || compare(key, to) < 0))
      .sort((a, b) => compare(a.key, b.key))
      .map(({ key, value }) => [hex(key), hex(value!)] as const);
  }

  /** Every key, and ranges of every table, are on the disk as they are here. */
  assertOn(disk: Disk, draw: () => number): void {
    assert.equal(countOn(disk), this.groups);
    for (const number of WRITTEN) {
      const table = disk.tables[TABLE_NAMES[number]!];
      for (let key = 0; key < KEYS; key++) {
        const expected = this.tables[number]!.get(keyOf(key).toString("latin1"))?.value;
        assert.deepEqual(table.getBinary(keyOf(key)), expected);
      }
      const [a, b] = [draw(), draw()].map((part) => keyOf(Math.floor(part * KEYS)));
      const [start, end] = compare(a!, b!) < 0 ? [a!, b!] : [b!, a!];
      const limit = 1 + Math.floor(draw() * 20);
      const read = (range: Parameters<typeof table.getRange>[0]) =>
        [...table.getRange(range)].map(({ key, value }) => [hex(key), hex(value)] as const);
      assert.deepEqual(read({}), this.range(number));
      assert.deepEqual(read({ start, end }), this.range(number, start, end));
      assert.deepEqual(read({ start, limit }), this.range(number, start).slice(0, limit));
    }
  }
}

/** How many groups are there. */
export function countOn(disk: Disk): number {
  const count = disk.tables.meta.getBinary(COUNT);
  return count === undefined ? 0 : Number(Buffer.from(count).toString());
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
