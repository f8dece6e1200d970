/** One campaign of malformed input: what takes bytes, texts, requests, sources or settings from outside, each a part. */
import { Random } from "../../stream/fake/index.ts";
import { DECODERS, tryDecoder } from "./decoders.ts";
import { fuzzHttp } from "./http.ts";
import { shortened } from "./mutate.ts";
import { tryProgram } from "./programs.ts";
import { tryFetch } from "./record-batches.ts";
import { fuzzRecords } from "./records.ts";
import { tryCommandLine, tryConfigFile } from "./settings.ts";
import { trySource } from "./sources.ts";
import { tryFromSandbox, tryStepRequest, tryStepResult, tryToSandbox } from "./step-frames.ts";
import { fuzzTexts } from "./texts.ts";

/** Of the inputs: what goes through a whole engine. */
const RECORD_SHARE = 0.3;
/** A command line is parsed by a new command each time: a hundred times slower than a decoder. */
const COMMAND_LINE_SHARE = 0.02;
const PROBLEMS_MAX = 10;

/** What takes one input: gives what is wrong with how it took it, or undefined. */
type Target = (random: Random) => string | undefined | Promise<string | undefined>;

const TARGETS = {
  decoders: DECODERS.map(
    (decoder): Target =>
      (random) =>
        tryDecoder(decoder, random),
  ),
  batches: [tryFetch],
  frames: [tryStepRequest, tryStepResult, tryToSandbox, tryFromSandbox],
  settings: [(random) => (random.chance(COMMAND_LINE_SHARE) ? tryCommandLine(random) : tryConfigFile(random))],
  programs: [tryProgram],
  sources: [trySource],
} satisfies Record<string, readonly Target[]>;

interface World {
  /** Inputs that one of them takes at most. */
  readonly size: number;
  /** Of all inputs of a campaign, where there are other parts. */
  readonly share: number;
  run(random: Random, count: number): Promise<Partial<FuzzOutcome>>;
}

/** What many inputs go through one after another. */
const WORLDS = {
  records: { size: 400, share: RECORD_SHARE, run: (random, count) => fuzzRecords(random.below(2 ** 32), count) },
  http: {
    size: 5_000,
    share: 0.02,
    run: async (random, count) => ({ inputs: count, problems: await fuzzHttp(random.below(2 ** 32), count) }),
  },
  texts: { size: 2_000, share: 0.01, run: fuzzTexts },
} satisfies Record<string, World>;

/** Parts whose inputs take milliseconds each, and not microseconds: asked for by name. */
const SLOW: readonly FuzzPart[] = ["http", "texts", "sources"];

export type FuzzPart = keyof typeof TARGETS | keyof typeof WORLDS;
export const FUZZ_PARTS = [...Object.keys(WORLDS), ...Object.keys(TARGETS)] as readonly FuzzPart[];
export const QUICK_PARTS: readonly FuzzPart[] = FUZZ_PARTS.filter((part) => !SLOW.includes(part));

export interface FuzzOutcome {
  readonly inputs: number;
  readonly served: number;
  readonly deadLetters: number;
  readonly problems: readonly string[];
}

/** @param parts what is fuzzed; worlds among others get their share, the others the rest in turn */
export async function fuzz(seed: number, runs: number, parts: readonly FuzzPart[] = QUICK_PARTS): Promise<FuzzOutcome> {
  const random = new Random(seed);
  const sum = { inputs: 0, served: 0, deadLetters: 0, problems: [] as string[] };
  const worlds = parts.flatMap((part): World[] => (part in WORLDS ? [WORLDS[part as keyof typeof WORLDS]] : []));
  const targets = parts.flatMap((part) => (part in TARGETS ? [TARGETS[part as keyof typeof TARGETS]] : []));
  for (const world of worlds) {
    const share = targets.length > 0 ? world.share : 1 / worlds.length;
    const end = sum.inputs + Math.floor(runs * share);
    while (sum.inputs < end && sum.problems.length === 0) {
      const outcome = await world.run(random, Math.min(world.size, end - sum.inputs));
      sum.inputs += outcome.inputs ?? 0;
      sum.served += outcome.served ?? 0;
      sum.deadLetters += outcome.deadLetters ?? 0;
      sum.problems.push(...(outcome.problems ?? []));
    }
  }
  for (; sum.inputs < runs && sum.problems.length < PROBLEMS_MAX && targets.length > 0; sum.inputs++) {
    const target: readonly Target[] = targets[sum.inputs % targets.length]!;
    const problem = await target[Math.floor(sum.inputs / targets.length) % target.length]!(random);
    if (problem !== undefined) sum.problems.push(problem);
  }
  return { ...sum, problems: sum.problems.map(shortened) };
}
