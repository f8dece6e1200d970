/**
 * The programs that are deployed, as the programs topic tells: by content hash, and the version that each name stands
 * for (I6: a hash is never replaced, so a running thread keeps its program).
 *
 * Programs have no order with records: a name is looked up in what was read at most `FRESH_MS` ago, an unknown hash or
 * name makes the registry read to the end as of now before it says no.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import {
  decodeText,
  type ErrorCode,
  KawaitError,
  type Limits,
  limitProblem,
  type NameEntry,
  type ParsedProgramRecord,
  type Program,
  type ProgramHead,
  parseProgramRecord,
  partitionOf,
  programRecords,
} from "#protocol";
import { type Broker, type Clock, type PartitionReader, systemClock } from "#stream";
import { programProblem } from "./program-check.ts";

/** A `new:` binds to the version found at most this long ago. */
const FRESH_MS = 1_000;
const PARTITION = 0;
const POLL_MS = 100;
/** Of an unpacked program: what is packed into little may be far more than memory holds. */
const PROGRAM_BYTES_MAX = 256 * 1024 * 1024;

export type Resolution =
  | { readonly kind: "found"; readonly program: Program }
  | { readonly kind: "unknown"; readonly code: ErrorCode; readonly message: string };

export class ProgramRegistry {
  readonly #broker: Broker;
  readonly #topic: string;
  readonly #reader: PartitionReader;
  readonly #clock: Clock;
  readonly #packed = new Map<string, Map<number, Uint8Array>>();
  readonly #heads = new Map<string, ProgramHead>();
  readonly #names = new Map<string, NameEntry>();
  readonly #programs = new Map<string, Program>();
  /** What is wrong with what the topic holds for a hash. */
  readonly #damaged = new Map<string, string>();
  #position = 0;
  #readToEndMs = 0;
  /** One poll at a time: everybody who wants to read on waits for this. */
  #reading: Promise<void> = Promise.resolve();

  private constructor(broker: Broker, topic: string, reader: PartitionReader, start: number, clock: Clock) {
    this.#broker = broker;
    this.#topic = topic;
    this.#reader = reader;
    this.#position = start;
    this.#clock = clock;
  }

  /** Reads the topic to its end as of now. */
  static async open(broker: Broker, topic: string, clock: Clock = systemClock): Promise<ProgramRegistry> {
    const { start } = await broker.topics.bounds(topic, PARTITION);
    const reader = await broker.openReader({ topic, partition: PARTITION, fromOffset: start });
    const registry = new ProgramRegistry(broker, topic, reader, start, clock);
    await registry.refresh();
    return registry;
  }

  /** Which program a `new:` record starts. */
  async resolve(workflow: string | undefined, programHash: string | undefined): Promise<Resolution> {
    const fresh = this.resolveFresh(workflow, programHash);
    if (fresh !== undefined) return fresh;
    if (this.#clock.now() - this.#readToEndMs > FRESH_MS) await this.refresh();
    const found = this.resolveNow(workflow, programHash);
    if (found.kind === "found") return found;
    await this.refresh();
    return this.resolveNow(workflow, programHash);
  }

  /** The same from what was read a moment ago, when that is enough to tell. */
  resolveFresh(workflow: string | undefined, programHash: string | undefined): Resolution | undefined {
    if (this.#clock.now() - this.#readToEndMs > FRESH_MS) return undefined;
    const found = this.resolveNow(workflow, programHash);
    return found.kind === "found" ? found : undefined;
  }

  /** The same from what was read so far. */
  resolveNow(workflow: string | undefined, programHash: string | undefined): Resolution {
    if (programHash !== undefined)
      return (
        this.#found(programHash) ?? unknown("UnknownWorkflow", `no program with hash "${programHash}" is deployed`)
      );
    if (workflow !== undefined) {
      const entry = this.#names.get(workflow);
      const found = entry === undefined ? undefined : this.#found(entry.hash);
      if (found !== undefined) return found;
      return unknown("UnknownWorkflow", `no workflow "${workflow}" is deployed; there are: ${this.#knownNames()}`);
    }
    return this.#resolveUnnamed();
  }

  /** Undefined: its records are not there, or not all of them. */
  #found(hash: string): Resolution | undefined {
    const program = this.#program(hash);
    if (program !== undefined) return { kind: "found", program };
    const problem = this.#damaged.get(hash);
    if (problem === undefined) return undefined;
    return unknown("UnknownWorkflow", `the program ${hash} is damaged, ${problem}: deploy it again`);
  }

  #resolveUnnamed(): Resolution {
    const entries = [...this.#names.values()];
    const only = entries.length === 1 ? entries[0] : entries.findLast((entry) => entry.isDefault);
    const found = only === undefined ? undefined : this.#found(only.hash);
    if (found !== undefined) return found;
    if (entries.length === 0) return unknown("UnknownWorkflow", "no workflow is deployed");
    return unknown("WorkflowAmbiguous", `several workflows are deployed, none is the default: ${this.#knownNames()}`);
  }

  /** The program with this hash; reads to the end as of now before it says no. */
  async find(hash: string): Promise<Program | undefined> {
    const program = this.#program(hash);
    if (program !== undefined) return program;
    await this.refresh();
    return this.#program(hash);
  }

  /** The program with this hash, from what was read so far. */
  known(hash: string): Program | undefined {
    return this.#program(hash);
  }

  /** The workflow name of a program that was found before; its hash when the name is not known. */
  nameOf(hash: string): string {
    return this.#program(hash)?.name ?? hash;
  }

  /** What the workflow has declared, by the newest deployment of this program. */
  limitsOf(hash: string): Partial<Limits> | undefined {
    return this.#heads.get(hash)?.limits;
  }

  /** Every name with its current program. */
  names(): ReadonlyMap<string, NameEntry> {
    return this.#names;
  }

  /** Reads on to the end of the topic as of now. */
  refresh(): Promise<void> {
    const next = this.#reading.then(() => this.#readToEnd());
    this.#reading = next.catch(() => {});
    return next;
  }

  async #readToEnd(): Promise<void> {
    const { end } = await this.#broker.topics.bounds(this.#topic, PARTITION);
    const beganMs = this.#clock.now();
    while (this.#position < end) {
      const batch = await this.#reader.poll(POLL_MS);
      for (const record of batch.records) this.#take(record.key, record.value);
      this.#position = batch.nextOffset;
    }
    this.#readToEndMs = beganMs;
  }

  #take(key: Uint8Array | null, value: Uint8Array | null): void {
    const text = key === null ? undefined : decodeText(key);
    if (text === undefined) return;
    const record = readable(text, value);
    if (record.kind === "piece" || record.kind === "program") this.#damaged.delete(record.hash);
    if (record.kind === "piece") {
      const pieces = this.#packed.get(record.hash) ?? new Map<number, Uint8Array>();
      pieces.set(record.index, record.bytes);
      this.#packed.set(record.hash, pieces);
    } else if (record.kind === "program") this.#heads.set(record.hash, record.head);
    else if (record.kind === "name") {
      this.#names.delete(record.name);
      if (record.entry !== null) this.#names.set(record.name, record.entry);
    }
  }

  /** Unpacked at first use: an engine may hold many programs that no thread of its partitions runs. */
  #program(hash: string): Program | undefined {
    const known = this.#programs.get(hash);
    if (known !== undefined) return known;
    const head = this.#heads.get(hash);
    const pieces = this.#packed.get(hash);
    if (head === undefined || pieces === undefined || this.#damaged.has(hash)) return undefined;
    const parts = Array.from({ length: head.pieces }, (_, index) => pieces.get(index));
    if (!parts.every((part) => part !== undefined)) return undefined;
    const unpacked = unpack(Buffer.concat(parts).subarray(0, head.bytes), hash);
    if (typeof unpacked === "string") {
      this.#damaged.set(hash, unpacked);
      return undefined;
    }
    this.#programs.set(hash, unpacked);
    this.#packed.delete(hash);
    return unpacked;
  }

  #knownNames(): string {
    return [...this.#names.keys()].sort().join(", ");
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }
}

/** A record that is none of ours is passed over: whoever needs the program that it should have been says so by name. */
function readable(key: string, value: Uint8Array | null): ParsedProgramRecord {
  try {
    return parseProgramRecord(key, value);
  } catch (error) {
    if (error instanceof KawaitError && error.code === "CorruptState") return { kind: "other" };
    throw error;
  }
}

/** The program; or what is wrong with the bytes. */
function unpack(packed: Uint8Array, hash: string): Program | string {
  try {
    const text = gunzipSync(packed, { maxOutputLength: PROGRAM_BYTES_MAX }).toString("utf8");
    const program = JSON.parse(text) as Program;
    if (program?.hash !== hash) return "it is another one";
    return programProblem(program) ?? program;
  } catch (error) {
    return (error as Error).message;
  }
}

function unknown(code: ErrorCode, message: string): Resolution {
  return { kind: "unknown", code, message };
}

export interface DeployOptions {
  /** A `new:` without a name starts it; so it does when the script says so of itself. */
  readonly isDefault: boolean;
  /** Over those that the script declares. */
  readonly limits?: Partial<Limits>;
}

/** What it throws says why the program is not to be deployed. @param limits those that it declares, and over them the deployer's */
export type ProgramCheck = (program: Program, limits: Partial<Limits>) => Promise<void>;

/**
 * Writes a program and what its name stands for; resolves when it is durable.
 *
 * @param check asked when nothing else is wrong, before anything is written
 * @throws RangeError for a limit that does not exist or cannot be, and for what is no program
 */
export async function deployProgram(
  broker: Broker,
  topic: string,
  program: Program,
  options: DeployOptions,
  check?: ProgramCheck,
): Promise<void> {
  const wrong = programProblem(program);
  if (wrong !== undefined) throw new RangeError(`This is not a program: ${wrong}. Compile it again.`);
  const limits = { ...program.settings?.limits, ...options.limits };
  for (const [name, value] of Object.entries(limits)) {
    const problem = limitProblem(name, value);
    if (problem !== undefined) throw new RangeError(`The workflow ${program.name} cannot be deployed: ${problem}.`);
  }
  await check?.(program, limits);
  const isDefault = options.isDefault || program.settings?.default === true;
  const packed = gzipSync(JSON.stringify(program));
  const description = (await broker.topics.describe([topic])).get(topic);
  const partitions = description?.partitions ?? 1;
  const utf8 = new TextEncoder();
  const producer = await broker.openProducer();
  try {
    // One record a request: a request is one batch, and the topic's limit hits the sum.
    for (const { key, value } of programRecords(program.name, program.hash, packed, isDefault, limits)) {
      const keyBytes = utf8.encode(key);
      await producer.send([{ topic, partition: partitionOf(keyBytes, partitions), key: keyBytes, value }]);
    }
  } finally {
    await producer.close();
  }
}
