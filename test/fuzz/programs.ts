/**
 * Damaged records of the programs topic through the registry that engines and clients look programs up in: a name or hash gives
 * the sound program or an answer that there is none, whatever else the topic holds; and a sound deployment behind the damage counts.
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { compileSource } from "#compiler";
import { ProgramRegistry } from "#engine";
import { engineTopicSpecs, KawaitError, type Program, type ProgramRecord, programRecords, topicNames } from "#protocol";
import {
  FakeBroker,
  FakeCluster,
  FakeDisk,
  type Random,
  SimulatedProcess,
  SimulatedTime,
  settled,
} from "../../stream/fake/index.ts";
import { damaged, randomBytes, randomText } from "./mutate.ts";

const TOPIC = topicNames("").programs;
const WORKFLOW = "main";
const BOUND_MS = 60_000;
const { program: SOUND } = await compileSource("export async function main() { await null; return 1; }", {
  filename: `${WORKFLOW}.ts`,
  needsMain: true,
});
const recordsOf = (program: Program, packed = gzipSync(JSON.stringify(program))): ProgramRecord[] =>
  programRecords(WORKFLOW, SOUND.hash, packed, true);

/** @returns what is wrong */
export async function tryProgram(random: Random): Promise<string | undefined> {
  const records = random.chance(0.5) ? damagedRecords(random, recordsOf(SOUND)) : damagedProgram(random);
  const isRepaired = random.chance(0.3);
  if (isRepaired) records.push(...recordsOf(SOUND));
  const told = (): string =>
    records.map(({ key, value }) => `${key} = ${Buffer.from(value).toString("hex").slice(0, 400)}`).join("\n");
  const time = new SimulatedTime(random.below(2 ** 32));
  const cluster = new FakeCluster(time, 1);
  cluster.create(engineTopicSpecs({ partitions: 1 }).find(({ name }) => name === TOPIC)!);
  const identity = cluster.transactions.initPlain();
  const written = records.map(({ key, value }) => ({ key: Buffer.from(key), value }));
  cluster.log(TOPIC, 0).append({ ...identity, sequence: 0, transaction: undefined, records: written }, time.nowMs);
  const process = new SimulatedProcess(time, "engine");
  let problem: string | undefined = "the registry does not answer";
  lookUp(new FakeBroker({ cluster, process, disk: new FakeDisk() }), process, isRepaired).then(
    () => {
      problem = undefined;
    },
    (error: unknown) => {
      const isNewer = error instanceof KawaitError && error.code === "UnknownFormatVersion";
      problem = isNewer ? undefined : String(error instanceof Error ? error.stack : error);
    },
  );
  await settled();
  const endMs = time.nowMs + BOUND_MS;
  while (problem === "the registry does not answer" && (time.nextMs ?? endMs) < endMs && time.runOne()) await settled();
  process.kill();
  return problem === undefined ? undefined : `${problem}\n${told()}`;
}

async function lookUp(broker: FakeBroker, { clock }: SimulatedProcess, isRepaired: boolean): Promise<void> {
  const registry = await ProgramRegistry.open(broker, TOPIC, clock);
  for (const answer of [
    await registry.resolve(WORKFLOW, undefined),
    await registry.resolve(undefined, SOUND.hash),
    await registry.resolve(undefined, undefined),
  ]) {
    if (answer.kind === "found") assert.deepEqual(codeOf(answer.program), codeOf(SOUND));
    else assert.ok(answer.message.length > 10);
    if (isRepaired) assert.equal(answer.kind, "found");
  }
  const found = await registry.find(SOUND.hash);
  if (found !== undefined) assert.deepEqual(codeOf(found), codeOf(SOUND));
  if (found !== undefined) assert.equal(typeof registry.nameOf(SOUND.hash), "string");
  registry.limitsOf(SOUND.hash);
}

/** What the hash covers. */
const codeOf = ({ abi, hash, code, tables }: Program) => ({ abi, hash, code, tables });

/** Some records changed, lost, doubled or in another order. */
function damagedRecords(random: Random, records: ProgramRecord[]): ProgramRecord[] {
  return records.flatMap((record) => {
    const { key, value } = record;
    switch (random.below(8)) {
      case 0:
        return [];
      case 1:
        return [{ key, value: damaged(random, value) }];
      case 2:
        return [{ key: Buffer.from(damaged(random, Buffer.from(key))).toString(), value }];
      case 3:
        return [record, { key, value: random.chance(0.5) ? randomBytes(random) : value.slice(0, 2) }];
      case 4:
        return [withField(random, record), ...(random.chance(0.5) ? [record] : [])];
      default:
        return [record];
    }
  });
}

const FIELDS = ["pieces", "bytes", "codec", "limits", "hash", "isDefault", "__proto__"];
const VALUES = [null, -1, 0, 0.5, 2, 1e9, 2 ** 53, 1e300, "", "x", [], {}, { stepMs: 5 }, true];

/** A head or name that says something else. */
function withField(random: Random, { key, value }: ProgramRecord): ProgramRecord {
  if (key.startsWith("piece/")) return { key: `${key.slice(0, -1)}${random.pick(["1", "-1", "x", "1e5", ""])}`, value };
  const fields = JSON.parse(Buffer.from(value.subarray(2)).toString()) as object;
  const changed = JSON.stringify({ ...fields, [random.pick(FIELDS)]: random.pick(VALUES) });
  return { key, value: Buffer.concat([value.subarray(0, 2), Buffer.from(changed)]) };
}

/** Sound records of something else than the program whose hash they name. */
function damagedProgram(random: Random): ProgramRecord[] {
  const draw = random.below(5);
  if (draw === 0) return recordsOf(SOUND, gzipSync(randomText(random)));
  if (draw === 1) return recordsOf(SOUND, Buffer.from(damaged(random, gzipSync(JSON.stringify(SOUND)))));
  if (draw === 2) return recordsOf(SOUND, gzipSync(damaged(random, Buffer.from(JSON.stringify(SOUND)))));
  const field = random.pick(Object.keys(SOUND) as (keyof Program)[]);
  const value = random.chance(0.5) ? random.pick(VALUES) : otherPart(random, SOUND[field]);
  return recordsOf({ ...SOUND, [field]: value } as Program);
}

function otherPart(random: Random, part: unknown): unknown {
  if (typeof part !== "object" || part === null) return `${part} `;
  return { ...part, [random.pick(Object.keys(part))]: random.pick(VALUES) };
}
