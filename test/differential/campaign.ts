/** Random programs of every generator, compared in batches; a difference is found again alone and made small. */

import { randomFrom } from "../compiler/closures/random-program.ts";
import { randomProgram as framesProgram } from "../compiler/frames/random-program.ts";
import { differences } from "./harness.ts";
import { mixedProgram } from "./random-program.ts";

export interface Finding {
  readonly seed: number;
  readonly body: string;
  readonly message: string;
}

/** Programs of one compiled module: they run side by side. */
const BATCH = 24;

/** One in so many jobs of a program is preceded by a restore in a new context; of several side by side, one in as many more. */
const RESTORE_ONE_IN = 20;

/** A third of the programs is about statements and suspensions, the others about closures and suspensions. */
export function bodyOf(seed: number): string {
  if (seed % 3 !== 0) return mixedProgram(seed);
  return framesProgram(seed).source.replace(/return main;\s*$/, "return await main();");
}

/** @param programs how many run side by side */
export function restoreAtSeed(seed: number, programs = 1): (job: number) => boolean {
  const random = randomFrom(seed ^ 0x5eed);
  return () => random(RESTORE_ONE_IN * programs) === 0;
}

/**
 * Compares the programs of the seeds `from` to `from + count - 1`.
 * @returns how many lines the native runs printed
 */
export async function campaign(from: number, count: number, found: (finding: Finding) => void): Promise<number> {
  let lines = 0;
  for (let first = from; first < from + count; first += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, from + count - first) }, (_, index) => first + index);
    const bodies = seeds.map(bodyOf);
    try {
      const results = await differences(bodies, restoreAtSeed(first, bodies.length));
      for (const { printed } of results) lines += printed;
      for (const [index, { result }] of results.entries())
        if (result) found({ seed: seeds[index]!, body: bodies[index]!, message: `${result.mode}: ${result.message}` });
    } catch {
      // One of them cannot be compiled or run: which one shows alone.
      for (const [index, body] of bodies.entries()) {
        try {
          const { result } = (await differences([body], restoreAtSeed(first)))[0]!;
          if (result) found({ seed: seeds[index]!, body, message: `${result.mode}: ${result.message}` });
        } catch (error) {
          found({ seed: seeds[index]!, body, message: error instanceof Error ? error.message : String(error) });
        }
      }
    }
  }
  return lines;
}
