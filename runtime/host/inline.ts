/**
 * The same steps in the calling process, for trusted scripts and simple tests: isolates and their limits hold, but a
 * script that crashes or hangs native code takes the process with it.
 */
import { invariant } from "#protocol";
import type { StepJob } from "./step-job.ts";
import { StepRunner } from "./step-runner.ts";
import type { LoadJob, SandboxHealth } from "./supervisor.ts";
import type { ProgramText, SandboxConfiguration } from "./wire.ts";

export class InlineRunner {
  readonly #runner: StepRunner;
  readonly #programOf: (hash: string) => ProgramText | undefined;
  readonly #known = new Set<string>();
  #waiting: StepJob[] = [];

  constructor(configuration: SandboxConfiguration, programOf: (hash: string) => ProgramText | undefined) {
    this.#runner = new StepRunner(configuration, () => {});
    this.#programOf = programOf;
  }

  submit(job: StepJob): void {
    this.#waiting.push(job);
  }

  pump(): void {
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      this.#know(job.request.programHash);
      const ruling = job.ruleOutcome(this.#runner.run(job.placed(), job.terms));
      if (ruling.kind === "again") this.#waiting.unshift(job);
      else job.settle(ruling.result);
    }
    this.#runner.tidy();
  }

  load(job: LoadJob): void {
    this.#know(job.programHash);
    job.settle(this.#runner.load(job.programHash, job.memoryMb, job.images));
  }

  discard(threadIds: readonly string[] | null): void {
    this.#runner.discard(threadIds);
  }

  health(): SandboxHealth {
    return { pid: null, state: "idle", restarts: 0, lastDeath: null };
  }

  async close(): Promise<void> {
    this.#runner.dispose();
  }

  #know(hash: string): void {
    if (this.#known.has(hash)) return;
    const program = this.#programOf(hash);
    invariant(program, `a step of the program ${hash} was accepted before the program`);
    this.#runner.addProgram(program);
    this.#known.add(hash);
  }
}
