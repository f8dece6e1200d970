/**
 * The limits that count for each program: what its workflow declares, within the ceilings of this engine. A deployment of the
 * same program with other limits counts from the moment at which the registry has read it.
 *
 * Boundary: names and numbers are right already (`protocol/limits.ts`); whoever enforces a limit asks here for it.
 */
import { boundLimits, DEFAULT_LIMIT_CEILINGS, DEFAULT_LIMITS, LIMIT_NAMES, type Limits, limitProblem } from "#protocol";
import type { ProgramRegistry } from "./program-registry.ts";

export interface WorkflowLimitsOptions {
  readonly programs: Pick<ProgramRegistry, "limitsOf" | "nameOf">;
  /** Of workflows that declare none. */
  readonly defaults?: Partial<Limits> | undefined;
  /** A default above the usual ceiling raises it; a ceiling that is given here stands. */
  readonly ceilings?: Partial<Limits> | undefined;
  /** Told once for each program that wants more than it gets. */
  readonly warn?: ((message: string) => void) | undefined;
}

interface Known {
  readonly declared: Partial<Limits>;
  readonly limits: Limits;
}

export class WorkflowLimits {
  readonly defaults: Limits;
  readonly ceilings: Limits;
  readonly #programs: WorkflowLimitsOptions["programs"];
  readonly #warn: (message: string) => void;
  readonly #known = new Map<string, Known>();

  /** @throws RangeError for a limit that does not exist, cannot be, or is above its ceiling */
  constructor({ programs, defaults = {}, ceilings = {}, warn = () => {} }: WorkflowLimitsOptions) {
    for (const [name, value] of [...Object.entries(defaults), ...Object.entries(ceilings)]) check(name, value);
    this.#programs = programs;
    this.#warn = warn;
    this.defaults = { ...DEFAULT_LIMITS, ...defaults };
    const usual: Record<string, number> = {};
    for (const name of LIMIT_NAMES) usual[name] = Math.max(DEFAULT_LIMIT_CEILINGS[name], this.defaults[name]);
    this.ceilings = { ...(usual as unknown as Limits), ...ceilings };
    for (const name of LIMIT_NAMES) {
      const [value, ceiling] = [this.defaults[name], this.ceilings[name]];
      if (value > ceiling)
        throw new RangeError(`The default of limit ${name}, ${value}, is above its ceiling, ${ceiling}.`);
    }
  }

  of(programHash: string): Limits {
    const declared = this.#programs.limitsOf(programHash);
    if (declared === undefined) return this.defaults;
    const known = this.#known.get(programHash);
    if (known?.declared === declared) return known.limits;
    const { limits, lowered } = boundLimits(declared, this.defaults, this.ceilings);
    this.#known.set(programHash, { declared, limits });
    if (lowered.length > 0) this.#warnOf(programHash, declared, lowered);
    return limits;
  }

  #warnOf(programHash: string, declared: Partial<Limits>, lowered: readonly (keyof Limits)[]): void {
    const texts = lowered.map((name) => `${name} ${declared[name]} (at most ${this.ceilings[name]})`);
    this.#warn(
      `The workflow ${this.#programs.nameOf(programHash)} wants more than this engine allows: ${texts.join(", ")}. It runs within the ceilings; raise them with --limit-ceilings.`,
    );
  }
}

function check(name: string, value: number): void {
  const problem = limitProblem(name, value);
  if (problem !== undefined) throw new RangeError(`The engine cannot start: ${problem}.`);
}
