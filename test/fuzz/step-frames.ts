/**
 * What goes between the engine, a sandbox process and the guest: step requests and results, and the frames around them, both
 * ways. A guest may have been tampered with: what its result decodes to is of the declared form to the last field, or is an
 * error; what is sound comes back as it was.
 */
import assert from "node:assert/strict";
import {
  decodeStepRequest,
  decodeStepResult,
  ERROR_CODES,
  encodeStepRequest,
  encodeStepResult,
  type StepInput,
  type StepRequest,
  type StepResult,
} from "#protocol";
import { FrameSplitter } from "../../runtime/host/byte-frame.ts";
import {
  decodeFromSandbox,
  decodeToSandbox,
  encodeFromSandbox,
  encodeToSandbox,
  type FromSandbox,
  type StepOutcome,
  type ToSandbox,
} from "../../runtime/host/wire.ts";
import type { Random } from "../../stream/fake/index.ts";
import { damaged, randomBytes, randomText } from "./mutate.ts";

const STATUSES = ["running", "completed", "failed", "cancelled"] as const;
const LEVELS = ["debug", "info", "warn", "error"] as const;
const BREACHES = ["time", "memory", "stack", "crash"] as const;
const FRAME_BYTES_MAX = 1 << 20;

export function tryStepRequest(random: Random): string | undefined {
  const request = randomRequest(random);
  const sound = encodeStepRequest(request);
  return attempt("a step request", sound, random, isInvariant, (bytes, isSound) => {
    const decoded = decodeStepRequest(bytes, bytes.length);
    if (isSound) assert.deepEqual(decoded, { ...request, seed: new Uint8Array(request.seed) });
    for (const text of [decoded.threadId, decoded.programHash]) assert.equal(typeof text, "string");
  });
}

export function tryStepResult(random: Random): string | undefined {
  const result = randomResult(random);
  const sound = encodeStepResult(result, result.kind === "advanced" ? result.heap.length : 0);
  return attempt("a step result", sound, random, isInvariant, (bytes, isSound) => {
    const decoded = decodeStepResult(bytes);
    if (isSound) assert.deepEqual(decoded, result);
    checkForm(decoded);
  });
}

function checkForm(result: StepResult): void {
  if (result.kind === "faulted") {
    assert.ok(Object.hasOwn(ERROR_CODES, result.code));
    return;
  }
  assert.ok(STATUSES.includes(result.status));
  for (const { ref, functionIndex, site } of result.awaits) {
    assert.equal(typeof ref, "string");
    assert.ok(Number.isSafeInteger(functionIndex) && functionIndex >= -1);
    assert.ok(Number.isSafeInteger(site) && site >= 0);
  }
  for (const index of result.consumedMailbox) assert.ok(Number.isSafeInteger(index));
  for (const { level, text } of result.logs) assert.ok(LEVELS.includes(level) && typeof text === "string");
  for (const { topic, key, value } of result.outputs) {
    assert.equal(typeof topic, "string");
    assert.equal(typeof key, "string");
    assert.ok(value === null || typeof value === "string");
  }
}

export function tryToSandbox(random: Random): string | undefined {
  const message = randomToSandbox(random);
  return tryFrame("to a sandbox", encodeToSandbox(message), random, message, decodeToSandbox);
}

export function tryFromSandbox(random: Random): string | undefined {
  const message = randomFromSandbox(random);
  return tryFrame("from a sandbox", encodeFromSandbox(message), random, message, decodeFromSandbox);
}

/** Through the splitter in chunks of any size, as a socket gives them. */
function tryFrame(
  name: string,
  frame: Buffer,
  random: Random,
  message: unknown,
  decode: (body: Buffer) => unknown,
): string | undefined {
  const isRefusal = (error: Error): boolean => error instanceof RangeError || error instanceof SyntaxError;
  return attempt(`a frame ${name}`, frame, random, isRefusal, (bytes, isSound) => {
    const splitter = new FrameSplitter(FRAME_BYTES_MAX);
    const messages: unknown[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + random.below(bytes.length);
      for (const body of splitter.push(Buffer.from(bytes.subarray(at, at + size)))) messages.push(decode(body));
      at += size;
    }
    if (isSound) assert.deepEqual(plain(messages), plain([message]));
  });
}

/** Views and copies of bytes count as the same. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

function isInvariant(error: Error): boolean {
  return error.message.startsWith("Broken invariant: ");
}

function attempt(
  name: string,
  sound: Uint8Array,
  random: Random,
  isRefusal: (error: Error) => boolean,
  use: (bytes: Uint8Array, isSound: boolean) => void,
): string | undefined {
  const draw = random.below(10);
  const bytes = draw === 0 ? sound : draw === 1 ? randomBytes(random) : damaged(random, sound);
  try {
    use(bytes, draw === 0);
    return undefined;
  } catch (error) {
    if (error instanceof Error && draw !== 0 && isRefusal(error)) return undefined;
    return `${name}, ${Buffer.from(bytes).toString("hex")}: ${error instanceof Error ? error.stack : error}`;
  }
}

const someText = (random: Random): string => randomText(random).slice(0, 60);
const maybeText = (random: Random): string | null => (random.chance(0.3) ? null : someText(random));
const list = <T>(random: Random, make: () => T): T[] => Array.from({ length: random.below(4) }, make);

function randomRequest(random: Random): StepRequest {
  return {
    threadId: someText(random),
    programHash: "ab".repeat(32),
    base: random.below(100) - 1,
    stepId: random.below(100),
    heap: random.chance(0.3) ? null : random.bytes(random.below(60)),
    isPrivate: random.chance(0.5),
    input: randomInput(random),
    mailbox: list(random, () => ({ ref: someText(random), text: someText(random) })),
    timeMs: random.below(2 ** 41),
    seed: random.bytes(16),
    limits: { stepMs: 1_000, memoryMb: 128, snapshotBytes: 1 << 24, outputRecords: 1_000, outputBytes: 1 << 22 },
  };
}

function randomInput(random: Random): StepInput {
  const draw = random.below(3);
  if (draw === 0) return { kind: "new", argument: someText(random) };
  if (draw === 1) return { kind: "resume", ref: someText(random), text: someText(random) };
  return { kind: "cancel", reason: someText(random) };
}

function randomResult(random: Random): StepResult {
  if (random.chance(0.15))
    return { kind: "faulted", code: random.pick(["StackOverflow", "UnserializableValue"]), message: someText(random) };
  return {
    kind: "advanced",
    status: random.pick(STATUSES),
    isPrivate: random.chance(0.5),
    canResume: random.chance(0.5),
    heap: random.bytes(random.below(60)),
    awaits: list(random, () => ({
      ref: someText(random),
      functionIndex: random.below(300) - 1,
      site: random.below(300),
    })),
    outputs: list(random, () => ({ topic: someText(random), key: someText(random), value: maybeText(random) })),
    consumedMailbox: list(random, () => random.below(300)),
    logs: list(random, () => ({ level: random.pick(LEVELS), text: someText(random) })),
    result: maybeText(random),
    resultTopic: maybeText(random),
    stack: maybeText(random),
  };
}

function randomToSandbox(random: Random): ToSandbox {
  const wellFormed = (): string => someText(random).toWellFormed();
  switch (random.below(4)) {
    case 0:
      return { kind: "load", programHash: wellFormed(), memoryMb: random.below(500), images: [random.below(90)] };
    case 1:
      return { kind: "discard", threadIds: random.chance(0.3) ? null : list(random, wellFormed) };
    case 2: {
      const program = { hash: wellFormed(), code: wellFormed(), tables: "{}", debug: "{}" };
      return { kind: "program", program };
    }
    default: {
      const step = () => ({
        threadId: wellFormed(),
        programHash: wellFormed(),
        base: random.below(100),
        stepId: random.below(100),
        expects: random.below(100),
        handle: random.below(100),
        isPrivate: random.chance(0.5),
        stepMs: 1_000,
        memoryMb: 128,
        resultBytesMax: 1 << 24,
        payload: random.bytes(random.below(40)),
      });
      return { kind: "steps", terms: { isAlone: random.chance(0.5), wallFactor: 4 }, steps: list(random, step) };
    }
  }
}

function randomFromSandbox(random: Random): FromSandbox {
  const wellFormed = (): string => someText(random).toWellFormed();
  const breach = () =>
    ({
      kind: "breach",
      breach: {
        kind: random.pick(BREACHES),
        cpuMs: random.below(100),
        detail: wellFormed(),
      },
      isLoad: random.chance(0.5),
    }) as const;
  const outcome = (): StepOutcome => {
    const draw = random.below(5);
    if (draw === 0) return breach();
    if (draw === 1) return { kind: "heapWanted" };
    if (draw === 2) return { kind: "tooLarge", byteCount: random.below(1_000) };
    if (draw === 3) return { kind: "loadFailed", message: wellFormed(), stack: wellFormed() };
    return { kind: "result", bytes: random.bytes(random.below(60)) };
  };
  switch (random.below(4)) {
    case 0:
      return { kind: "ready" };
    case 1:
      return { kind: "phase", allowedMs: random.below(100), loading: random.chance(0.5) ? null : `a${wellFormed()}` };
    case 2:
      return {
        kind: "load",
        outcome: random.chance(0.5) ? breach() : { kind: "loaded", loadMs: 3, names: [wellFormed()] },
      };
    default:
      return { kind: "outcomes", outcomes: list(random, outcome) };
  }
}
