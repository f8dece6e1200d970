/**
 * The workflows of the simulation: small plans instead of scripts, and what a step of one does: a pure function of state,
 * input, mailbox, time and seed, as a sandbox's is (I2).
 */
import type { MailboxEntry, StepAdvanced, StepInput, StepOutput, StepResult } from "#protocol";

export type Operation =
  /** One ledger record. */
  | { readonly do: "tell" }
  /** A ledger record with an auto id; waits for the answer. */
  | { readonly do: "ask" }
  /** Waits for the next message named `inbox`, which may be there already. */
  | { readonly do: "take" }
  | { readonly do: "sleep"; readonly ms: number }
  /** Asks, and waits for the answer or the timer, whichever is first; an answer cancels the timer. */
  | { readonly do: "askFor"; readonly ms: number }
  /** The state gets longer, so that it takes several changelog records; and shorter again. */
  | { readonly do: "grow"; readonly bytes: number }
  /** By the seed, now and then: a limit ends the step. */
  | { readonly do: "trip" }
  /** By the seed, now and then: writes a topic that does not exist, or one that the broker refuses. */
  | { readonly do: "stray"; readonly topic: string }
  | { readonly do: "spawn"; readonly threadId: string; readonly plan: Plan };

export type Plan = readonly Operation[];

interface PlanState {
  plan: Plan;
  at: number;
  /** Ledger records so far. */
  told: number;
  /** What is awaited, with what it is. */
  waits: { ref: string; kind: "answer" | "timer" | "message" }[];
  /** Key of the timer that an answer cancels. */
  timer: string;
  ballast: string;
}

const INBOX = "inbox";
export const LEDGER = "ledger";
/** One step in so many trips or strays. */
const MISHAP_SHARE = 3;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

export interface PlanStep {
  readonly threadId: string;
  readonly heap: Uint8Array | null;
  readonly input: StepInput;
  readonly mailbox: readonly MailboxEntry[];
  readonly stepId: number;
  readonly timeMs: number;
  readonly seed: Uint8Array;
}

export function runPlan(step: PlanStep): StepResult {
  const run = new PlanRun(step);
  return run.result();
}

class PlanRun {
  readonly #step: PlanStep;
  readonly #state: PlanState;
  readonly #outputs: StepOutput[] = [];
  readonly #consumed: number[] = [];
  #ids = 0;
  #got: unknown;

  constructor(step: PlanStep) {
    this.#step = step;
    this.#state =
      step.heap === null
        ? { plan: [], at: 0, told: 0, waits: [], timer: "", ballast: "" }
        : (JSON.parse(DECODER.decode(step.heap)) as PlanState);
  }

  result(): StepResult {
    const { input, threadId } = this.#step;
    if (input.kind === "cancel") {
      this.#tell("cancelled", undefined);
      return this.#advanced("cancelled", null);
    }
    if (input.kind === "new") this.#state.plan = JSON.parse(input.argument) as Plan;
    else this.#resume(input.ref, input.text);
    for (;;) {
      const next = this.#state.waits.length === 0 ? this.#operate() : this.#fromMailbox();
      if (next === "trip") return { kind: "faulted", code: "StepTimeLimit", message: "by the seed" };
      if (next === "wait") return this.#advanced("running", null);
      if (next === "end") return this.#advanced("completed", JSON.stringify({ threadId, told: this.#state.told }));
    }
  }

  #resume(ref: string, text: string): void {
    const state = this.#state;
    const wait = state.waits.find((each) => each.ref === ref);
    if (wait === undefined) throw new Error(`a step for ${ref}, which nothing awaits`);
    if (wait.kind === "answer" && state.timer !== "") this.#schedule(state.timer, "0");
    state.waits = [];
    state.timer = "";
    this.#got = (JSON.parse(text) as { value?: unknown }).value ?? wait.kind;
    if (wait.kind === "message" || wait.kind === "answer") this.#tell(wait.kind, undefined);
  }

  #fromMailbox(): "on" | "wait" {
    const index = this.#step.mailbox.findIndex(
      (entry, at) => !this.#consumed.includes(at) && this.#state.waits.some(({ ref }) => ref === entry.ref),
    );
    const entry = this.#step.mailbox[index];
    if (entry === undefined) return "wait";
    this.#consumed.push(index);
    this.#resume(entry.ref, entry.text);
    return "on";
  }

  #operate(): "on" | "end" | "trip" {
    const state = this.#state;
    const operation = state.plan[state.at++];
    if (operation === undefined) return "end";
    switch (operation.do) {
      case "tell":
        this.#tell("tell", undefined);
        return "on";
      case "ask": {
        const ref = this.#newId();
        state.waits = [{ ref, kind: "answer" }];
        this.#tell("ask", ref);
        return "on";
      }
      case "take":
        state.waits = [{ ref: INBOX, kind: "message" }];
        return "on";
      case "sleep":
        state.waits = [{ ref: this.#setTimer(operation.ms), kind: "timer" }];
        return "on";
      case "askFor": {
        const ref = this.#newId();
        const timer = this.#setTimer(operation.ms);
        state.timer = timerKey(this.#step.threadId, timer);
        state.waits = [
          { ref, kind: "answer" },
          { ref: timer, kind: "timer" },
        ];
        this.#tell("ask", ref);
        return "on";
      }
      case "grow":
        state.ballast = "x".repeat(operation.bytes);
        return "on";
      case "trip":
        return this.#isMishap(0) ? "trip" : "on";
      case "stray":
        if (this.#isMishap(1)) this.#outputs.push({ topic: operation.topic, key: this.#step.threadId, value: "stray" });
        else this.#tell("stray", undefined);
        return "on";
      case "spawn":
        this.#outputs.push({
          topic: "workflow-resume",
          key: operation.threadId,
          value: `new:${JSON.stringify(operation.plan)}`,
        });
        return "on";
    }
  }

  #isMishap(byte: number): boolean {
    return this.#step.seed[byte]! % MISHAP_SHARE === 0;
  }

  #newId(): string {
    return `${this.#step.stepId}:${this.#ids++}`;
  }

  #setTimer(ms: number): string {
    const ref = this.#newId();
    this.#schedule(timerKey(this.#step.threadId, ref), String(ms));
    return ref;
  }

  #schedule(key: string, value: string): void {
    this.#outputs.push({ topic: "workflow-scheduler", key, value });
  }

  #tell(what: string, ref: string | undefined): void {
    const { timeMs, seed, threadId } = this.#step;
    const drawn = Buffer.from(seed).toString("hex");
    const line = { n: this.#state.told++, what, got: this.#got, ref, timeMs, seed: drawn };
    this.#outputs.push({ topic: LEDGER, key: threadId, value: JSON.stringify(line) });
  }

  #advanced(status: StepAdvanced["status"], result: string | null): StepAdvanced {
    const isOver = status !== "running";
    return {
      kind: "advanced",
      status,
      isPrivate: false,
      heap: isOver ? new Uint8Array(0) : ENCODER.encode(JSON.stringify(this.#state)),
      awaits: isOver ? [] : this.#state.waits.map(({ ref }) => ({ ref, functionIndex: -1, site: 0 })),
      outputs: this.#outputs,
      consumedMailbox: this.#consumed,
      logs: [],
      result,
      resultTopic: "workflow-result",
      stack: null,
      canResume: true,
    };
  }
}

function timerKey(threadId: string, ref: string): string {
  return `${threadId}|${JSON.stringify({ ref })}`;
}
