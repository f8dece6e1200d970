/**
 * One step on its way through the sandbox, and who is to blame when it does not come through.
 *
 *   waiting ──breach in its isolate, or death of a process that ran it alone──► accused
 *   waiting ──death of a process that ran it with others──► suspect ──breach or death──► accused
 *   accused ──breach or death, with the CPU time of its budget used──► verdict
 *
 * A waiting job shares a frame with others. A suspect has a frame of its own: a process ran several steps when it died, and
 * they are gone through one by one. The accused runs alone in a fresh isolate with `VERDICT_BUDGET` times its budget; only a
 * breach there blames the thread. Time counts when it was CPU time: on a machine too busy to give it, the accused runs again
 * with more wall time (I2: such an end is recorded, not derived).
 */
import type { StepFaulted, StepRequest, StepResult } from "#protocol";
import { decodeStepResult, encodeStepRequest } from "#protocol";
import { type Breach, type BreachKind, faultOf, loadFaultOf, starvedFault } from "./breach.ts";
import { limitFault, resultBytesMax } from "./result-limits.ts";
import { CPU_SHARE, DEFAULT_SANDBOX_LIMITS, VERDICT_BUDGET } from "./sandbox-limits.ts";
import type { PlacedStep, RunTerms, StepOutcome } from "./wire.ts";

/** A step's fixed fields, ids and hash, about. */
const STEP_BYTES = 256;

type Standing =
  | { readonly kind: "waiting" }
  | { readonly kind: "suspect" }
  | {
      readonly kind: "accused";
      readonly wallFactor: number;
      /** Runs alone that ended so, and blamed nobody. */
      readonly ends: Readonly<Partial<Record<BreachKind, number>>>;
    };

/** At once as much as it may ever have: its process is watched for CPU time, so that it ends when that is used up. */
const WALL_FACTOR_MAX = 16;
/**
 * How many ends alone make a verdict. One crash may be bad luck; a step that crashes its process does so each time. Who kills
 * processes from outside (an operator, a test, the system that is short of memory) means no step: only when it happens each
 * time is it taken for the step's doing, since nobody may wait for it for ever. Time that was not CPU time says nothing of
 * the step either.
 */
const ENDS_MAX: Readonly<Record<BreachKind, number>> = { time: 4, memory: 1, stack: 1, crash: 3, killed: 12 };
/** What became of a job: its result, or another run. */
export type Ruling =
  | { readonly kind: "result"; readonly result: StepResult }
  /** The program's modules broke a limit, alone: that is so for all of its threads. */
  | { readonly kind: "unloadable"; readonly result: StepFaulted }
  | { readonly kind: "again" };

const AGAIN: Ruling = { kind: "again" };

/** A thread that a sandbox has decoded: what it gave as its heap, and the handle of the step that left it behind. */
export interface LiveThread {
  readonly heap: Uint8Array;
  readonly handle: number;
}

/** Handles of decoded threads, unique in this process. */
let lastHandle = 0;

export class StepJob {
  #request: StepRequest;
  #standing: Standing = { kind: "waiting" };
  /** Names the decoded thread that this step leaves behind. */
  readonly handle = ++lastHandle;
  readonly settle: (result: StepResult) => void;
  readonly fail: (error: Error) => void;
  readonly #loadMs: number;

  /** @param loadMs CPU time in which the program's modules must have been evaluated, in milliseconds */
  constructor(
    request: StepRequest,
    settle: (result: StepResult) => void,
    fail: (error: Error) => void,
    loadMs: number = DEFAULT_SANDBOX_LIMITS.loadMs,
  ) {
    this.#request = request;
    this.#loadMs = loadMs;
    this.settle = settle;
    this.fail = fail;
  }

  get request(): StepRequest {
    return this.#request;
  }

  /** About the bytes that the step takes in a frame. */
  get sizeBytes(): number {
    const { heap, input, mailbox } = this.#request;
    let bytes = STEP_BYTES + (heap?.length ?? 0);
    bytes += 2 * (input.kind === "new" ? input.argument : input.kind === "resume" ? input.text : input.reason).length;
    for (const { text } of mailbox) bytes += 2 * text.length;
    return bytes;
  }

  get resultBytesMax(): number {
    return resultBytesMax(this.#request.limits);
  }

  /**
   * The step as it goes to a sandbox.
   *
   * @param live what the sandbox has decoded of the thread, as far as is known: when it is what the request goes on from,
   * the heap stays here, and the sandbox asks for it in case it has dropped the thread meanwhile
   */
  placed(live?: LiveThread): PlacedStep {
    const { threadId, programHash, base, stepId, isPrivate, limits, heap } = this.#request;
    // The very bytes that came with the thread: no other state can be meant.
    const isLive = live !== undefined && heap !== null && live.heap === heap && this.#standing.kind !== "accused";
    return {
      threadId,
      programHash,
      base,
      stepId,
      expects: isLive ? live.handle : 0,
      handle: this.handle,
      isPrivate,
      stepMs: limits.stepMs,
      memoryMb: limits.memoryMb,
      resultBytesMax: this.resultBytesMax,
      payload: isLive ? encodeStepRequest(this.#request, null) : encodeStepRequest(this.#request),
    };
  }

  /** What the sandbox has decoded behind this result; undefined when nothing stays there. */
  liveBehind(result: StepResult): LiveThread | undefined {
    if (result.kind !== "advanced" || result.status !== "running" || this.terms.isAlone) return undefined;
    return { heap: result.heap, handle: this.handle };
  }

  /** Whether the job may share a frame with others. */
  get isWaiting(): boolean {
    return this.#standing.kind === "waiting";
  }

  get terms(): RunTerms {
    const standing = this.#standing;
    return standing.kind === "accused"
      ? { isAlone: true, wallFactor: standing.wallFactor }
      : { isAlone: false, wallFactor: 1 };
  }

  /** Wall time that one run of the step may take, in milliseconds. */
  get wallMs(): number {
    const { isAlone, wallFactor } = this.terms;
    return this.#request.limits.stepMs * (isAlone ? VERDICT_BUDGET : 1) * wallFactor;
  }

  /** The sandbox answered. */
  ruleOutcome(outcome: StepOutcome): Ruling {
    switch (outcome.kind) {
      case "result":
        return this.#ruleResult(outcome.bytes);
      case "tooLarge":
        return verdict({
          kind: "faulted",
          code: "SnapshotTooLarge",
          message: `The step's state and outputs take ${outcome.byteCount} bytes together. Keep less reachable, or raise limits.snapshotBytes.`,
        });
      case "heapWanted":
        return AGAIN;
      case "loadFailed":
        return verdict({ kind: "faulted", code: "ProgramLoadFailed", message: outcome.message });
      case "breach":
        return this.ruleBreach(outcome.breach, outcome.isLoad);
    }
  }

  /** The step breached a limit, or its process died while the step was the only one there. */
  ruleBreach(breach: Breach, isLoad: boolean): Ruling {
    const standing = this.#standing;
    if (standing.kind !== "accused") {
      this.#standing = { kind: "accused", wallFactor: 1, ends: {} };
      return AGAIN;
    }
    const { limits } = this.#request;
    const { kind } = breach;
    const isStarved =
      kind === "time" && breach.cpuMs < (isLoad ? this.#loadMs : limits.stepMs) * VERDICT_BUDGET * CPU_SHARE;
    const times = (standing.ends[kind] ?? 0) + 1;
    const most = kind === "time" && !isStarved ? 1 : ENDS_MAX[kind];
    if (times < most) {
      const wallFactor = isStarved ? WALL_FACTOR_MAX : standing.wallFactor;
      this.#standing = { ...standing, wallFactor, ends: { ...standing.ends, [kind]: times } };
      return AGAIN;
    }
    if (isStarved) return verdict(starvedFault(times));
    return isLoad ? { kind: "unloadable", result: loadFaultOf(breach) } : verdict(faultOf(breach, limits));
  }

  /** A process that ran this step and others died; each has to show that it was not the cause. */
  suspect(): void {
    if (this.#standing.kind === "waiting") this.#standing = { kind: "suspect" };
  }

  #ruleResult(bytes: Uint8Array): Ruling {
    let result: StepResult;
    try {
      result = decodeStepResult(bytes);
    } catch (error) {
      const detail = `the guest's result cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      return this.ruleBreach({ kind: "crash", cpuMs: 0, detail }, false);
    }
    const limit = result.kind === "faulted" ? breachOfFault(result) : null;
    if (limit) return this.ruleBreach(limit, false);
    if (result.kind === "advanced" && result.isPrivate && !this.#request.isPrivate) {
      // The step wrote to what shared mode freezes: it never happened, and the thread goes on in private mode for good.
      this.#request = { ...this.#request, isPrivate: true };
      this.#standing = { kind: "waiting" };
      return AGAIN;
    }
    return { kind: "result", result: limitFault(result, this.#request.limits) ?? result };
  }
}

/** A limit that the guest noticed, in an isolate that other threads had filled: a breach like any other. */
function breachOfFault({ code, message }: StepFaulted): Breach | null {
  if (code === "StackOverflow") return { kind: "stack", cpuMs: 0, detail: message };
  if (code === "StepMemoryLimit") return { kind: "memory", cpuMs: 0, detail: message };
  return null;
}

function verdict(result: StepFaulted): Ruling {
  return { kind: "result", result };
}
