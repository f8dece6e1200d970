/**
 * `codec`: what large states cost to decode and encode inside the guest, property attributes kept: two kinds of plain
 * data and a typed array of a million elements. Beside them other serializers with the same data.
 */
import { fileURLToPath } from "node:url";
import { deserialize, serialize } from "node:v8";
import superjson from "superjson";
import { compileWorkflow } from "#gateway";
import { DEFAULT_LIMITS, type Program, type StepRequest } from "#protocol";
import { createSandboxPool } from "#runtime";
import type { Row, Table } from "../table.ts";
import { longTrip } from "../workflows/long-trip.ts";
import { orders } from "../workflows/orders.ts";
import { openGuest, type Part } from "./context.ts";

const WORKFLOW = fileURLToPath(new URL("../workflows/large-heap.ts", import.meta.url));
const ROUNDS = 15;
const WARM_UP = 25;
/** So that the heap has 390 KB. */
const ORDERS = 2_720;
const LEGS = 2_000;
const NUMBERS = 1_000_000;
const MEMORY_MB = 512;
const SNAPSHOT_BYTES = 64 * 1024 * 1024;

/** The request that goes on with a thread which holds the data. */
async function suspended(program: Program, argument: object): Promise<StepRequest> {
  const pool = createSandboxPool({ inline: true });
  pool.addProgram(program);
  const start: StepRequest = {
    threadId: "large",
    programHash: program.hash,
    base: -1,
    stepId: 0,
    heap: null,
    isPrivate: false,
    input: { kind: "new", argument: JSON.stringify(argument) },
    mailbox: [],
    timeMs: 0,
    seed: new Uint8Array(16),
    limits: { ...DEFAULT_LIMITS, stepMs: 60_000, memoryMb: MEMORY_MB, snapshotBytes: SNAPSHOT_BYTES },
  };
  const [result] = await pool.runSteps([start]);
  await pool.close();
  if (result?.kind !== "advanced" || result.status !== "running")
    throw new Error(`the thread did not come to its wait: ${JSON.stringify(result).slice(0, 200)}`);
  const text = JSON.stringify({ ref: "more", value: null });
  return { ...start, base: 0, stepId: 1, heap: result.heap, input: { kind: "resume", ref: "more", text } };
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

async function table(
  program: Program,
  argument: object,
  title: string,
  plain: Readonly<Record<string, () => unknown>>,
): Promise<Table> {
  const request = await suspended(program, argument);
  const guest = await openGuest(program);
  try {
    const wave = guest.prepare([request]);
    const part = (name: Part) => () => timed(() => guest.run(name, wave));
    const both = "in the guest, decoded and encoded";
    const cases: Readonly<Record<string, () => number>> = {
      [both]: part("codec"),
      "in the guest, decoded": part("decode"),
      ...Object.fromEntries(Object.entries(plain).map(([name, run]) => [name, () => timed(run)])),
    };
    const rounds = new Map<string, number[]>();
    for (let round = 0; round < WARM_UP + ROUNDS; round++)
      for (const [name, run] of Object.entries(cases)) {
        const ms = run();
        if (round >= WARM_UP) rounds.set(name, [...(rounds.get(name) ?? []), ms]);
      }
    return {
      title: `${title}, ${Math.round(request.heap!.length / 1_000).toLocaleString("en")} KB of heap`,
      unit: "ms",
      reference: both,
      rows: [...rounds].map(([name, values]): Row => ({ name, rounds: values })),
      doesNotMeasure: "the step itself, its request and result, what crosses into the isolate, and cold code.",
    };
  } finally {
    guest.close();
  }
}

export async function benchCodec(): Promise<readonly Table[]> {
  const { program } = await compileWorkflow(WORKFLOW);
  const data = orders(ORDERS);
  const v8Bytes = serialize(data);
  const superjsonText = superjson.stringify(data);
  const trip = longTrip(LEGS);
  const v8Trip = serialize(trip);
  const superjsonTrip = superjson.stringify(trip);
  const numbers = serialize(Float64Array.from({ length: NUMBERS }, (_, index) => index / 3));
  return [
    await table(program, { kind: "trip", count: LEGS }, `a trip of ${LEGS.toLocaleString("en")} legs`, {
      "v8.deserialize + v8.serialize": () => serialize(deserialize(v8Trip)),
      "superjson.parse + stringify": () => superjson.stringify(superjson.parse(superjsonTrip)),
    }),
    await table(program, { kind: "orders", count: ORDERS }, `${ORDERS.toLocaleString("en")} orders`, {
      "v8.deserialize + v8.serialize": () => serialize(deserialize(v8Bytes)),
      "superjson.parse + stringify": () => superjson.stringify(superjson.parse(superjsonText)),
    }),
    await table(program, { kind: "numbers", count: NUMBERS }, "a million numbers in a typed array", {
      "v8.deserialize + v8.serialize": () => serialize(deserialize(numbers)),
    }),
  ];
}
