/** Limits on the command line: `stepMs=5000,memoryMb=256`, and in the configuration file as an object. */
import { InvalidArgumentError } from "commander";
import { type Limits, limitProblem } from "#protocol";

/** For commander: what is wrong is told as wrong use. */
export function parseLimits(text: string): Partial<Limits> {
  const limits: Record<string, number> = {};
  for (const each of text.split(",")) {
    const [, name, number] = /^\s*(\w+)\s*=\s*([\d_]+)\s*$/.exec(each) ?? [];
    if (name === undefined || number === undefined) throw new InvalidArgumentError(`"${each}" is not name=number.`);
    const value = Number(number.replaceAll("_", ""));
    const problem = limitProblem(name, value);
    if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
    limits[name] = value;
  }
  return limits;
}
