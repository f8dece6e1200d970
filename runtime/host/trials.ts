/**
 * Where the accused are judged: in processes of their own, several at a time, so that nobody waits for the verdict on
 * somebody else. A process without work is ended after a while.
 */
import type { StepJob } from "./step-job.ts";
import { closedError, type StepSink, type Supervisor } from "./supervisor.ts";

export class Trials implements StepSink {
  readonly #newJudge: () => Supervisor;
  readonly #most: number;
  readonly #judges: Supervisor[] = [];
  #isClosed = false;

  /** @param most how many processes at a time */
  constructor(newJudge: () => Supervisor, most: number) {
    this.#newJudge = newJudge;
    this.#most = most;
  }

  get judges(): readonly Supervisor[] {
    return this.#judges;
  }

  submit(job: StepJob): void {
    if (this.#isClosed) {
      job.fail(closedError());
      return;
    }
    let free = this.#judges.find(({ openSteps }) => openSteps === 0);
    if (free === undefined && this.#judges.length < this.#most) {
      free = this.#newJudge();
      this.#judges.push(free);
    }
    const judge = free ?? this.#judges.reduce((least, each) => (each.openSteps < least.openSteps ? each : least));
    judge.submit(job);
  }

  /** What is under way fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#judges.map((judge) => judge.close()));
  }

  pump(): void {
    for (const judge of this.#judges) judge.pump();
  }
}
