/**
 * The saga's steps without the bridge: a loop of the bench's own runs inside the context and calls the kernel, so that
 * nothing crosses into the host but once a wave.
 */
import ivm from "isolated-vm";
import { encodeStepRequest, guestTables, type Program } from "#protocol";
import { guestPrelude } from "#runtime";
import { type SagaSteps, wave } from "./requests.ts";

const MEMORY_MB = 256;

/** `forgets`: ids to drop before their step, which then decodes; else the live threads go on. Gives the bytes of all results. */
const LOOP = `(function (kernel) {
  "use strict";
  return function (requests, forgets) {
    let bytes = 0;
    for (let i = 0; i < requests.length; i++) {
      if (forgets !== undefined) kernel.forget(forgets[i]);
      bytes += kernel.step(requests[i]).byteLength;
    }
    return bytes;
  };
})`;

type Loop = (requests: readonly ArrayBuffer[], forgets: readonly string[] | undefined) => number;

export interface InGuest {
  /** Runs the sagas once; gives the microseconds that one of the measured steps took. */
  round(isLive: boolean): number;
  close(): void;
}

export async function openInGuest(program: Program, sagas: readonly SagaSteps[]): Promise<InGuest> {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  const context = isolate.createContextSync();
  const asReference = { reference: true } as const;
  const run = (code: string, filename: string) =>
    isolate.compileScriptSync(code, { filename }).runSync(context, asReference);
  const kernel = run((await guestPrelude()).code, "kawait");
  const loop = run(LOOP, "bench").applySync(undefined, [kernel.derefInto()], {
    result: asReference,
  }) as ivm.Reference<Loop>;
  const load = kernel.getSync("load", asReference);
  load.applySync(undefined, [
    run(program.code, "program").derefInto(),
    guestTables(program.code, program.tables),
    false,
  ]);
  const into = (value: object) => new ivm.ExternalCopy(value).copyInto();
  const waves = [0, 1, 2, 3].map((step) => {
    const inside = context.evalClosureSync("return { requests: $0 }", [into(wave(sagas, step).map(encoded))], {
      result: asReference,
    }) as ivm.Reference<{ requests: readonly ArrayBuffer[] }>;
    return inside.getSync("requests", asReference);
  });
  const ids = context.evalClosureSync("return $0", [into(sagas.map((saga) => saga.threadId))], {
    result: asReference,
  }) as ivm.Reference;
  const runWave = (step: number, isLive: boolean): number =>
    loop.applySync(undefined, [waves[step]!.derefInto(), isLive ? undefined : ids.derefInto()]);
  const known: (number | undefined)[] = [];
  const checkedWave = (step: number, isLive: boolean): void => {
    const bytes = runWave(step, isLive);
    known[step] ??= bytes;
    if (bytes !== known[step]) throw new Error(`step ${step} gave ${bytes} bytes, before it gave ${known[step]}`);
  };
  return {
    round(isLive) {
      checkedWave(0, isLive);
      const start = performance.now();
      checkedWave(1, isLive);
      checkedWave(2, isLive);
      const ms = performance.now() - start;
      checkedWave(3, isLive);
      return (ms * 1_000) / (2 * sagas.length);
    },
    close: () => isolate.dispose(),
  };
}

function encoded(request: SagaSteps["requests"][number]): ArrayBuffer {
  const bytes = encodeStepRequest(request);
  return bytes.slice().buffer as ArrayBuffer;
}
