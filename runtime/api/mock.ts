/**
 * Mocks of the API for unit tests of scripts under plain Node, in any debugger: suspensions are resumed by hand, outputs
 * are recorded.
 *
 * Boundary: promises are Node's own here. A cancelation reaches suspensions, and through `all` and `any` the arguments that
 * are suspensions or combinations of them; it cannot enter an async function, which native promises do not allow.
 */

import type { Backend } from "./backend.ts";
import { CancelToken } from "./cancel-token.ts";
import type { Config, Mock, OutputRecord, Suspend } from "./types.ts";

interface Waiting {
  readonly id: string;
  readonly promise: MockSuspend<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

class MockSuspend<T> extends Promise<T> implements Suspend<T> {
  id = "";

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
}

const config: Config = {
  outputTopics: new Set(),
  resultTopic: "workflow-result",
  errorTopic: "workflow-error",
  unhandledRejections: "fail",
  serializer: null,
  fetchTopic: null,
};
const waiting: Waiting[] = [];
const outputs: OutputRecord[] = [];
/** Arguments of a combination, for cancelation. */
const parts = new WeakMap<object, unknown[]>();
let currentThreadId = "";
let currentStepId = 0;
let nextAutoId = 1;
let onStep: (threadId: string, stepId: number) => void = () => {};

function beginStep(stepId: number): void {
  currentStepId = stepId;
  nextAutoId = 1;
  onStep(currentThreadId, stepId);
}

function take(id: string): Waiting {
  const index = waiting.findIndex((entry) => entry.id === id);
  if (index < 0) {
    const known = waiting.map((entry) => `"${entry.id}"`).join(", ") || "nothing";
    throw new Error(`kawait mock: no suspension "${id}" waits; there is ${known}.`);
  }
  return waiting.splice(index, 1)[0]!;
}

function suspend<T>(id: string | undefined): Suspend<T> {
  const { promise, resolve, reject } = MockSuspend.withResolvers<unknown>() as unknown as Waiting;
  promise.id = id ?? `${currentStepId}:${nextAutoId++}`;
  waiting.push({ id: promise.id, promise, resolve, reject });
  return promise as Suspend<T>;
}

function cancel(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const index = waiting.findIndex((entry) => entry.promise === value);
  if (index >= 0) {
    waiting.splice(index, 1)[0]!.reject(new CancelToken());
    return true;
  }
  const cancelled = (parts.get(value) ?? []).map(cancel);
  return cancelled.includes(true);
}

function combine(kind: "all" | "any", cancels: boolean, values: Iterable<unknown>): Promise<unknown> {
  const list = [...values];
  const combined = kind === "all" ? Promise.all(list) : Promise.any(list);
  parts.set(combined, list);
  if (cancels) {
    const cancelRest = (): void => {
      for (const value of list) cancel(value);
    };
    combined.then(cancelRest, cancelRest);
  }
  return combined;
}

export const mockBackend: Backend = {
  suspend,
  output(value, topic, key) {
    if (!config.outputTopics.has(topic)) {
      throw new Error(`The topic "${topic}" is not declared: add it to config.outputTopics at module load.`);
    }
    outputs.push({ topic, key: key ?? currentThreadId, value });
  },
  cancel,
  combine,
  config,
};

export const mock: Mock = {
  start(threadId = "thread") {
    waiting.length = 0;
    outputs.length = 0;
    currentThreadId = threadId;
    beginStep(0);
  },
  resume(id, value) {
    const entry = take(id);
    beginStep(currentStepId + 1);
    entry.resolve(value);
  },
  reject(id, error) {
    const entry = take(id);
    beginStep(currentStepId + 1);
    entry.reject(error);
  },
  get pending() {
    return waiting.map((entry) => entry.id);
  },
  get outputs() {
    return outputs;
  },
};

/** Tells the API's file which thread and step are current: they are live bindings of the module. */
export function observeSteps(observer: (threadId: string, stepId: number) => void): void {
  onStep = observer;
}
