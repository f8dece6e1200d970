/** What a benchmark and its worker process say to each other (`child.ts`, `worker.ts`). */

export interface WorkerOptions {
  readonly broker:
    | { readonly kind: "embedded"; readonly folder: string }
    | { readonly kind: "kafka"; readonly addresses: readonly string[] };
  readonly installation: string;
  readonly dataFolder: string;
  readonly partitions: number;
  readonly part: "engine" | "scheduler";
  /** A workflow to deploy before the engine starts. */
  readonly workflow?: string;
  readonly outputTopics: readonly string[];
}

/** Thread ids as good as random: a store that gets them in order would be packed better than in life. */
export function scatteredId(prefix: string, number: number): string {
  return `${prefix}-${(Math.imul(number, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0")}`;
}

export interface Tasks {
  /** Starts so many threads (`scatteredId`) and waits until each has made its first step. */
  fill: {
    readonly request: { readonly prefix: string; readonly count: number };
    readonly answer: { readonly ms: number };
  };
  /** Writes one record and waits for the answer of its thread. */
  step: {
    readonly request: { readonly threadId: string; readonly value: string; readonly outputTopic: string };
    readonly answer: { readonly ms: number };
  };
  /** Chains of steps without an end, each thread in a closed loop; told by `progress` messages. */
  load: { readonly request: { readonly threads: number; readonly outputTopic: string }; readonly answer: never };
  /** Sets timers, due `perSecond` each second from `leadMs` on, over `seconds`; and `far` more for years ahead. */
  timers: {
    readonly request: TimerLoad;
    readonly answer: {
      readonly latenessMs: readonly (readonly number[])[];
      readonly before: Memory;
      readonly full: Memory;
      readonly behind: Memory;
      /** JavaScript objects and buffers in use behind the last one due, all garbage collected: what must be in memory. */
      readonly liveBytes: number;
    };
  };
  memory: { readonly request: null; readonly answer: Memory };
}

export interface TimerLoad {
  readonly far: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly leadMs: number;
}

/** Of all processes, in bytes. The resident part that is anonymous; the rest are pages of mapped files, which the system takes back. */
export interface Memory {
  readonly residentBytes: number;
  readonly anonymousBytes: number;
}

export type ToWorker = {
  [Task in keyof Tasks]: { readonly task: Task; readonly request: Tasks[Task]["request"] };
}[keyof Tasks];

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly answers: number }
  | { readonly kind: "answer"; readonly answer: unknown }
  | { readonly kind: "error"; readonly message: string };
