/** Every decoder of bytes that come from outside of the process: it gives a value or throws a named error, and ends. */
import { gzipSync } from "node:zlib";
import {
  decodeEnvelopes,
  decodeIdentity,
  decodePosition,
  decodeState,
  encodeEnvelopes,
  encodeReserved,
  encodeState,
  KawaitError,
  type ProgramTables,
  parseProgramRecord,
  parseResumeRecord,
  programRecords,
  readableStatus,
} from "#protocol";
import { readHeap } from "#runtime";
import { parseTimerRecord } from "#scheduler";
import type { Random } from "../../stream/fake/index.ts";
import { decodeClaim } from "../../stream/kafka/group/assignor.ts";
import { damaged, randomBytes, randomText } from "./mutate.ts";

export interface Decoder {
  readonly name: string;
  /** Sound bytes, to be damaged. */
  readonly sound: readonly Uint8Array[];
  decode(bytes: Uint8Array, random: Random): unknown;
}

const utf8 = new TextEncoder();
const TABLES: ProgramTables = {
  functions: [],
  classes: [],
  scopes: [["n"]],
  globals: [],
  modules: [],
  entry: 0,
  strings: ["a"],
  shapes: [["a"]],
};
const STATE = encodeState({
  runtimeVersion: "1",
  programHash: "ab".repeat(32),
  status: "faulted",
  isPrivate: true,
  step: 3,
  base: 9,
  timeMs: 1,
  startedMs: 1,
  seed: new Uint8Array(16),
  topic: "workflow-resume",
  partition: 1,
  offset: 9,
  awaits: [{ ref: "9:0", functionIndex: 1, site: 2 }],
  mailbox: [{ ref: "x", text: '{"ref":"x"}' }],
  fault: { code: "StepTimeLimit", message: "m", input: { kind: "resume", ref: "x", text: "{}" }, offset: 9 },
  expiresMs: 0,
  heap: Uint8Array.of(1, 2, 3),
});
const PIECES = encodeEnvelopes("t", new Uint8Array(100).fill(7), 30, 0);
const PROGRAM = programRecords("w", "ab".repeat(32), gzipSync("{}"), true);
const headersOf = (random: Random): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const name of ["kawait-command", "kawait-on-conflict", "kawait-workflow", "kawait-program", "__proto__"])
    if (random.chance(0.2)) headers[name] = random.pick(["retry", "cancel", "ignore", "restart", randomText(random)]);
  return headers;
};

export const DECODERS: readonly Decoder[] = [
  {
    name: "resume",
    sound: [utf8.encode('new:{"a":1}'), utf8.encode('{"ref":"a","value":[1]}')],
    decode: (bytes, random) => parseResumeRecord(bytes, headersOf(random)),
  },
  {
    name: "timer",
    sound: [utf8.encode('t|{"ref":"5:0"}')],
    decode: (bytes, random) =>
      parseTimerRecord(bytes, random.chance(0.5) ? utf8.encode("500") : randomBytes(random), 5),
  },
  { name: "state", sound: [STATE], decode: decodeState },
  {
    name: "envelope",
    sound: PIECES.map(({ value }) => value!),
    decode: (bytes) =>
      decodeEnvelopes("t", bytes, (key) => PIECES.find((each) => each.key === key)?.value ?? undefined),
  },
  {
    name: "identity",
    sound: [encodeReserved({ version: 1, installation: "", partitions: 4, changelogId: "a" })],
    decode: decodeIdentity,
  },
  { name: "position", sound: [encodeReserved({ version: 1, next: { a: 5 } })], decode: decodePosition },
  { name: "status and history", sound: [Uint8Array.of(75, 83, 1, 0)], decode: (bytes) => readableStatus("t", bytes) },
  {
    name: "program",
    sound: PROGRAM.map(({ value }) => value),
    decode: (bytes, random) => parseProgramRecord(random.pick(PROGRAM).key, bytes),
  },
  {
    name: "program key",
    sound: PROGRAM.map(({ key }) => utf8.encode(key)),
    decode: (bytes) => parseProgramRecord(Buffer.from(bytes).toString(), PROGRAM[0]!.value),
  },
  { name: "heap", sound: [Uint8Array.of(1, 0, 0, 0)], decode: (bytes) => readHeap(bytes, TABLES) },
  { name: "claim", sound: [utf8.encode('{"partitions":[1],"generation":3}')], decode: decodeClaim },
];

/** Undefined: it held. */
export function tryDecoder(decoder: Decoder, random: Random): string | undefined {
  const bytes = random.chance(0.8) ? damaged(random, random.pick(decoder.sound)) : randomBytes(random);
  try {
    decoder.decode(bytes, random);
    return undefined;
  } catch (error) {
    if (error instanceof KawaitError) return undefined;
    return `${decoder.name} of ${Buffer.from(bytes).toString("hex")}: ${error instanceof Error ? error.stack : error}`;
  }
}
