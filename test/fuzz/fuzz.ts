/** One campaign of malformed input: decoders, records through engine and scheduler, HTTP requests. */
import { Random } from "../../stream/fake/index.ts";
import { DECODERS, tryDecoder } from "./decoders.ts";
import { tryFetch } from "./record-batches.ts";
import { fuzzRecords } from "./records.ts";
import { tryCommandLine, tryConfigFile } from "./settings.ts";
import { tryFromSandbox, tryStepRequest, tryStepResult, tryToSandbox } from "./step-frames.ts";

const RECORDS_PER_WORLD = 400;
/** Of all inputs: what goes through a whole engine. */
const RECORD_SHARE = 0.3;
/** A command line is parsed by a new command each time: a hundred times slower than a decoder. */
const COMMAND_LINE_SHARE = 0.02;

/** What takes bytes or settings from outside: gives what is wrong with how it took one, or undefined. */
type Target = (random: Random) => string | undefined;

const TARGETS = {
  decoders: DECODERS.map(
    (decoder): Target =>
      (random) =>
        tryDecoder(decoder, random),
  ),
  batches: [tryFetch],
  frames: [tryStepRequest, tryStepResult, tryToSandbox, tryFromSandbox],
  settings: [(random) => (random.chance(COMMAND_LINE_SHARE) ? tryCommandLine(random) : tryConfigFile(random))],
} satisfies Record<string, readonly Target[]>;

export type FuzzPart = keyof typeof TARGETS | "records";
export const FUZZ_PARTS: readonly FuzzPart[] = ["records", ...(Object.keys(TARGETS) as (keyof typeof TARGETS)[])];

export interface FuzzOutcome {
  readonly inputs: number;
  readonly served: number;
  readonly deadLetters: number;
  readonly problems: readonly string[];
}

/** @param parts what is fuzzed; where records are among others they get their share, the others the rest in turn */
export async function fuzz(seed: number, runs: number, parts: readonly FuzzPart[] = FUZZ_PARTS): Promise<FuzzOutcome> {
  const random = new Random(seed);
  const problems: string[] = [];
  let served = 0;
  let deadLetters = 0;
  const targets = parts.flatMap((part) => (part === "records" ? [] : [TARGETS[part]]));
  const share = !parts.includes("records") ? 0 : targets.length === 0 ? 1 : RECORD_SHARE;
  const wanted = Math.floor(runs * share);
  let inputs = 0;
  while (inputs < wanted && problems.length === 0) {
    const world = await fuzzRecords(random.below(2 ** 32), Math.min(RECORDS_PER_WORLD, wanted - inputs));
    inputs += world.inputs;
    served += world.served;
    deadLetters += world.deadLetters;
    problems.push(...world.problems);
  }
  for (; inputs < runs && problems.length < 10 && targets.length > 0; inputs++) {
    const target: readonly Target[] = targets[inputs % targets.length]!;
    const problem = target[Math.floor(inputs / targets.length) % target.length]!(random);
    if (problem !== undefined) problems.push(problem);
  }
  return { inputs, served, deadLetters, problems };
}
