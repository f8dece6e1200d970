/**
 * The log in front of LMDB (I1): cut anywhere, flipped anywhere, killed anywhere, applied again, refused by the disk; what was
 * answered is there, in order and whole, or the folder is refused.
 */
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { open } from "lmdb";
import { type BrokerError, openEmbeddedBroker } from "#stream";
import { Disk } from "../../stream/embedded/disk.ts";
import { openWriteAheadLog } from "../../stream/embedded/write-ahead-log.ts";
import type { Row } from "../../stream/embedded/write-record.ts";
import { LMDB_OPTIONS } from "../../stream/store/write-batch.ts";
import { bytes, temporaryFolder, text } from "./counting-processor.ts";
import { countOn, DiskModel, groupOf } from "./disk-model.ts";
import { killedChild } from "./killed-child.ts";
import { randomFrom } from "./runner-world.ts";

const ID = Buffer.from("log's id");
const ROOM = (): number => Number.POSITIVE_INFINITY;
const KILLS = 6;
const KILLS_MAX = 60;
const GROUPS = 400;

function folderOf(t: TestContext): string {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  return folder.path;
}

/** What a log opened anew holds behind `applied`. */
function foundIn(folder: string, applied = 0): readonly Row[][] {
  const { log, older, newer } = openWriteAheadLog(folder, ID, applied);
  log.close();
  return [...older, ...newer].map(({ rows }) => [...rows]);
}

function sameRows(found: readonly Row[][], expected: readonly Row[][]): void {
  const plain = (groups: readonly Row[][]) =>
    groups.map((rows) =>
      rows.map(({ table, key, value }) => [
        table,
        Buffer.from(key).toString("hex"),
        value && Buffer.from(value).toString("hex"),
      ]),
    );
  assert.deepEqual(plain(found), plain(expected));
}

/** A log of so many groups, and where each ends in its file. */
async function writtenLog(
  folder: string,
  count: number,
): Promise<{ readonly groups: Row[][]; readonly ends: number[] }> {
  const groups = Array.from({ length: count }, (_, at) => groupOf(at + 1));
  const { log } = openWriteAheadLog(folder, ID, 0);
  for (const rows of groups) await log.append(rows);
  log.close();
  const file = readFileSync(join(folder, "0"));
  const starts: number[] = [];
  for (let at = file.indexOf(ID); at >= 0; at = file.indexOf(ID, at + 1)) starts.push(at);
  const ends = starts.map((start) => start + 24 + file.readUInt32BE(start + 16));
  assert.deepEqual(starts.slice(1), ends.slice(0, -1));
  return { groups, ends };
}

test("a log that is cut at any byte, or zero from there on, has all whole groups before it and nothing else", async (t) => {
  const folder = folderOf(t);
  const { groups, ends } = await writtenLog(folder, 4);
  const path = join(folder, "0");
  const file = readFileSync(path).subarray(0, ends.at(-1)! + 40);
  for (let cut = 0; cut <= ends.at(-1)!; cut++) {
    const whole = groups.slice(0, ends.filter((end) => end <= cut).length);
    writeFileSync(path, file.subarray(0, cut));
    sameRows(foundIn(folder), whole);
    if (cut % 7 > 0) continue;
    writeFileSync(path, Buffer.concat([file.subarray(0, cut), Buffer.alloc(file.length - cut)]));
    const isZero = file.subarray(cut, ends.at(-1)).every((byte) => byte === 0);
    sameRows(foundIn(folder), isZero ? groups : whole);
  }
});

test("a flipped byte before the last group is a folder that is refused; in the last one, that group is not there", async (t) => {
  const folder = folderOf(t);
  const { groups, ends } = await writtenLog(folder, 4);
  const path = join(folder, "0");
  const file = readFileSync(path).subarray(0, ends.at(-1)! + 40);
  for (let at = 0; at < ends.at(-1)!; at++) {
    const flipped = Buffer.from(file);
    flipped[at]! ^= 1 << (at % 8);
    writeFileSync(path, flipped);
    if (at >= ends.at(-2)!) sameRows(foundIn(folder), groups.slice(0, -1));
    else assert.throws(() => foundIn(folder), /write-ahead log .* is damaged/, `byte ${at}`);
  }
});

test("the files take turns; what LMDB has is left out; of a refused group and the one that took its number, the later counts", async (t) => {
  const folder = folderOf(t);
  const { log } = openWriteAheadLog(folder, ID, 0);
  await log.append(groupOf(1));
  await log.append(groupOf(2));
  const refused = readFileSync(join(folder, "0"));
  log.turn();
  await log.append(groupOf(3));
  await log.append(groupOf(4));
  log.close();
  sameRows(foundIn(folder), [1, 2, 3, 4].map(groupOf));
  sameRows(foundIn(folder, 1), [2, 3, 4].map(groupOf));
  sameRows(foundIn(folder, 4), []);
  const again = openWriteAheadLog(folder, ID, 3);
  assert.equal(again.log.sequence, 4);
  await again.log.append(groupOf(5));
  again.log.close();
  sameRows(foundIn(folder, 3), [groupOf(4), groupOf(5)]);
  // A disk that tells of an error although the record has reached it: the file before has a group of the same number.
  const other = folderOf(t);
  const first = openWriteAheadLog(other, ID, 0);
  await first.log.append(groupOf(1));
  first.log.turn();
  await first.log.append(groupOf(20));
  first.log.close();
  sameRows(foundIn(other), [groupOf(1), groupOf(20)]);
  writeFileSync(join(other, "0"), refused);
  sameRows(foundIn(other), [groupOf(1), groupOf(20)]);
  writeFileSync(join(other, "0"), Buffer.alloc(100));
  assert.throws(() => foundIn(other), /of the groups from 1 on, some before 2 cannot be read/);
});

test("the tables are what a map is, over the log, what is on its way and LMDB, and after opening again", async (t) => {
  const folder = folderOf(t);
  const seed = Date.now() % 1e9;
  t.diagnostic(`seed ${seed}`);
  const draw = randomFrom(seed);
  const model = new DiskModel();
  while (model.groups < GROUPS) {
    const limits = { writes: 1 + Math.floor(draw() * 60), afterMs: 1 + Math.floor(draw() * 20), groupBytes: 4_000 };
    const disk = await Disk.open(folder, ROOM, limits);
    model.assertOn(disk, draw);
    const until = model.groups + 1 + Math.floor(draw() * 100);
    while (model.groups < until) {
      await disk.write(model.advance());
      if (draw() < 0.2) model.assertOn(disk, draw);
    }
    await disk.close();
  }
});

test(`killed ${KILLS} times between log and LMDB: what was answered is there, and what is there is whole`, async (t) => {
  const folder = folderOf(t);
  const seed = Date.now() % 1e9;
  t.diagnostic(`seed ${seed}`);
  const draw = randomFrom(seed);
  let behind = 0;
  let round = 0;
  // Until LMDB was behind at least once, which is nearly always.
  for (; round < KILLS || (behind === 0 && round < KILLS_MAX); round++) {
    const output = await killedChild("disk-kill-child.ts", [folder], Math.floor(draw() * 60));
    const answered = Number(output.trimEnd().split("\n").at(-1));
    // What is opened and killed again before it is in LMDB is opened from the same files.
    const copy = join(folder, "copy");
    cpSync(join(folder, "log"), join(copy, "log"), { recursive: true });
    cpSync(join(folder, "ahead"), join(copy, "ahead"), { recursive: true });
    for (const path of [copy, folder]) {
      const disk = await Disk.open(path, ROOM);
      const model = new DiskModel();
      const count = countOn(disk);
      assert.ok(count >= answered, `round ${round}: ${answered} were answered, ${count} are there`);
      if (disk.later.writes > 0 || disk.earlier !== undefined) behind++;
      model.advanceTo(count);
      model.assertOn(disk, draw);
      await disk.write(model.advance());
      model.assertOn(disk, draw);
      await disk.close();
    }
  }
  t.diagnostic(`${behind} of ${2 * round} times LMDB was behind the log`);
  assert.ok(behind > 0);
});

test("where LMDB is refused what the log holds, the next group is refused, and nothing is lost", async (t) => {
  const folder = folderOf(t);
  // How often the disk still has room when it is asked.
  let answers = Number.POSITIVE_INFINITY;
  const model = new DiskModel();
  const disk = await Disk.open(folder, () => (answers-- > 0 ? Number.POSITIVE_INFINITY : 0), { writes: 1 });
  t.after(() => disk.close());
  // The group itself is let in, what LMDB is to take is not.
  answers = 1;
  await disk.write(model.advance());
  await new Promise(setImmediate);
  model.assertOn(disk, randomFrom(1));
  answers = 1;
  await assert.rejects(disk.write(groupOf(99)), /No space left on device/);
  model.assertOn(disk, randomFrom(2));
  answers = Number.POSITIVE_INFINITY;
  await disk.write(model.advance());
  model.assertOn(disk, randomFrom(3));
});

test("a folder without a log in front of it is taken over; one of a later format is refused", async (t) => {
  const folder = folderOf(t);
  const topic = {
    name: "in",
    partitions: 1,
    cleanup: "delete",
    retentionMs: -1,
    maxMessageBytes: 1_000,
    id: 1,
  } as const;
  const writeMeta = async (key: string, value: string): Promise<void> => {
    const root = open({ path: join(folder, "log"), maxDbs: 16, ...LMDB_OPTIONS });
    const meta = root.openDB<Uint8Array, Uint8Array>({ name: "meta", keyEncoding: "binary", encoding: "binary" });
    await root.batch(() => meta.put(bytes(key), bytes(value)));
    await root.close();
  };
  await writeMeta("format", "3");
  await writeMeta("topic/in", JSON.stringify(topic));
  for (let round = 0; round < 2; round++) {
    const broker = await openEmbeddedBroker({ folder });
    const producer = await broker.openProducer();
    const value = bytes(`${round}`);
    assert.deepEqual(await producer.send([{ topic: "in", partition: 0, key: null, value }]), [round]);
    const reader = await broker.openReader({ topic: "in", partition: 0, fromOffset: 0 });
    const { records } = await reader.poll(100);
    assert.deepEqual(
      records.map((record) => text(record.value)),
      ["0", "1"].slice(0, round + 1),
    );
    await broker.close();
  }
  await writeMeta("format", "5");
  const isRefusal = (error: BrokerError): boolean => /another format: upgrade/.test(error.message);
  await assert.rejects(openEmbeddedBroker({ folder }), isRefusal);
});
