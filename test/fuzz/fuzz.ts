/** One campaign of malformed input: decoders, records through engine and scheduler, HTTP requests. */
import { Random } from "../../stream/fake/index.ts";
import { DECODERS, tryDecoder } from "./decoders.ts";
import { fuzzRecords } from "./records.ts";

const RECORDS_PER_WORLD = 400;
/** Of all inputs: what goes through a whole engine. */
const RECORD_SHARE = 0.3;

export interface FuzzOutcome {
  readonly inputs: number;
  readonly served: number;
  readonly deadLetters: number;
  readonly problems: readonly string[];
}

export async function fuzz(seed: number, runs: number): Promise<FuzzOutcome> {
  const random = new Random(seed);
  const problems: string[] = [];
  let served = 0;
  let deadLetters = 0;
  const wanted = Math.floor(runs * RECORD_SHARE);
  let inputs = 0;
  while (inputs < wanted && problems.length === 0) {
    const world = await fuzzRecords(random.below(2 ** 32), Math.min(RECORDS_PER_WORLD, wanted - inputs));
    inputs += world.inputs;
    served += world.served;
    deadLetters += world.deadLetters;
    problems.push(...world.problems);
  }
  for (; inputs < runs && problems.length < 10; inputs++) {
    const problem = tryDecoder(DECODERS[inputs % DECODERS.length]!, random);
    if (problem !== undefined) problems.push(problem);
  }
  return { inputs, served, deadLetters, problems };
}
