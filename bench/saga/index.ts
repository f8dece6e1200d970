/**
 * `saga`: one step of a suspended trip booking (decode, resume, encode), from the inside of the guest out to a child
 * process; and what its state takes, beside serializers of plain data.
 */
import { fileURLToPath } from "node:url";
import { deserialize, serialize } from "node:v8";
import superjson from "superjson";
import { compileWorkflow } from "#gateway";
import { encodeState, type Program } from "#protocol";
import { createSandboxPool, type SandboxPool } from "#runtime";
import { type OpenGuest, openGuest, type Part } from "../codec/context.ts";
import type { Row, Table } from "../table.ts";
import { type InGuest, openInGuest } from "./in-guest.ts";
import { poolRound } from "./over-pool.ts";
import { plainSaga } from "./plain-saga.ts";
import { type SagaSteps, sagaSteps, wave } from "./requests.ts";

const WORKFLOW = fileURLToPath(new URL("../../workflows/trip-booking-saga.ts", import.meta.url));
const SAGAS = 200;
const ROUNDS = 11;
const WARM_UP = 3;
const SIDE_BY_SIDE = 100;
const PLAIN_LOOPS = 200;
/** Rounds of the parts are short, so that they fit between two others of a busy machine: the engine's compiler works before. */
const PARTS_WARM_UP = 40;

const IN_GUEST = "in the guest: decode + resume + encode";

export async function benchSaga(): Promise<readonly Table[]> {
  const { program } = await compileWorkflow(WORKFLOW);
  const inline = createSandboxPool({ inline: true });
  const child = createSandboxPool({ processes: 1 });
  for (const pool of [inline, child]) pool.addProgram(program);
  const sagas = await sagaSteps(inline, program, SAGAS);
  const guest = await openInGuest(program, sagas);
  const parts = await openGuest(program);
  try {
    return [await timeTable(guest, parts, inline, child, sagas), sizeTable(program, sagas[0]!)];
  } finally {
    guest.close();
    parts.close();
    await inline.close();
    await child.close();
  }
}

async function timeTable(
  guest: InGuest,
  parts: OpenGuest,
  inline: SandboxPool,
  child: SandboxPool,
  sagas: readonly SagaSteps[],
): Promise<Table> {
  const measured = [1, 2].map((step) => parts.prepare(wave(sagas, step)));
  const v8Bytes = serialize(plainSaga());
  const superjsonText = superjson.stringify(plainSaga());
  const cases: Readonly<Record<string, () => number | Promise<number>>> = {
    [IN_GUEST]: () => partsRound(parts, measured, "steps"),
    "in the guest: decode + encode": () => partsRound(parts, measured, "codec"),
    "in the guest: decode": () => partsRound(parts, measured, "decode"),
    "the same with request, result and calls, decoded": () => guest.round(false),
    "the same with request, result and calls, live": () => guest.round(true),
    "pool in this process, decoded": () => poolRound(inline, sagas, false, SIDE_BY_SIDE),
    "pool in this process, live": () => poolRound(inline, sagas, true, SIDE_BY_SIDE),
    [`child process, ${SIDE_BY_SIDE} side by side, decoded`]: () => poolRound(child, sagas, false, SIDE_BY_SIDE),
    [`child process, ${SIDE_BY_SIDE} side by side, live`]: () => poolRound(child, sagas, true, SIDE_BY_SIDE),
    "child process, one by one, decoded": () => poolRound(child, sagas, false, 1),
    "child process, one by one, live": () => poolRound(child, sagas, true, 1),
    "plain data: v8.deserialize + v8.serialize": () => plainRound(() => serialize(deserialize(v8Bytes))),
    "plain data: superjson.parse + stringify": () =>
      plainRound(() => superjson.stringify(superjson.parse(superjsonText))),
  };
  for (let times = 0; times < PARTS_WARM_UP; times++)
    for (const part of ["steps", "codec", "decode"] as const) partsRound(parts, measured, part);
  const rounds = new Map<string, number[]>();
  for (let round = 0; round < WARM_UP + ROUNDS; round++)
    for (const [name, run] of Object.entries(cases)) {
      const value = await run();
      if (round >= WARM_UP) rounds.set(name, [...(rounds.get(name) ?? []), value]);
    }
  return {
    title: "saga: one step",
    unit: "µs",
    reference: IN_GUEST,
    rows: [...rounds].map(([name, values]): Row => ({ name, rounds: values })),
    doesNotMeasure:
      "the envelope of the state record, and everything of the stream. The first three rows leave out the request, the " +
      "result and the bridge too; in the others the heap goes in also where the live thread needs none.",
  };
}

/** Microseconds that a part of one step took. */
function partsRound(parts: OpenGuest, waves: readonly number[], part: Part): number {
  const start = performance.now();
  for (const one of waves) parts.run(part, one);
  return ((performance.now() - start) * 1_000) / (waves.length * SAGAS);
}

/** Microseconds that one run took. */
function plainRound(run: () => unknown): number {
  const start = performance.now();
  for (let count = 0; count < PLAIN_LOOPS; count++) run();
  return ((performance.now() - start) * 1_000) / PLAIN_LOOPS;
}

function sizeTable(program: Program, saga: SagaSteps): Table {
  const [first, second] = saga.results;
  const request = saga.requests[0]!;
  const record = encodeState({
    runtimeVersion: "",
    programHash: program.hash,
    status: "running",
    isPrivate: false,
    step: 1,
    base: request.stepId,
    timeMs: request.timeMs,
    startedMs: request.timeMs,
    seed: request.seed,
    topic: "workflow-resume",
    partition: 0,
    offset: request.stepId,
    awaits: first!.awaits,
    mailbox: [],
    fault: null,
    expiresMs: 0,
    heap: first!.heap,
  });
  const sizes = {
    "heap behind the start": first!.heap.length,
    "heap with the car booked": second!.heap.length,
    "whole state record behind the start": record.length,
    "plain data: v8.serialize": serialize(plainSaga()).length,
    "plain data: superjson": Buffer.byteLength(superjson.stringify(plainSaga())),
  };
  return {
    title: "saga: what it takes",
    unit: "B",
    reference: "heap behind the start",
    rows: Object.entries(sizes).map(([name, bytes]): Row => ({ name, rounds: [bytes] })),
    doesNotMeasure:
      "equal work: the plain data was written by hand and names functions by text; the heap holds closures, frames and " +
      "promises, and takes names and shapes from the program's tables.",
  };
}
