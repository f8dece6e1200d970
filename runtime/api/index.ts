/**
 * The module `kawait`: what workflow scripts import. A script is a module that exports `async function main(argument)`.
 *
 * ```ts
 * import * as W from "kawait";
 * W.config.outputTopics.add("orders");
 *
 * export async function main(order: { id: string }) {
 *   const paid = W.suspend<{ amount: number }>();
 *   W.outputJSON({ order: order.id, ref: paid.id }, "orders");
 *   const { amount } = await paid; // may last milliseconds or years
 *   return { ...order, amount };
 * }
 * ```
 *
 * Deployed scripts are compiled, and the runtime in the sandbox stands behind these names. Under plain Node they work only
 * with the environment variable `KAWAIT_MOCK` set at import (`mock`), and throw otherwise.
 *
 * In a module that imports `kawait`, the literal calls `Promise.all(…)`, `Promise.race(…)`, `Promise.any(…)` and
 * `Promise.allSettled(…)` cancel what is left over once their result is known. Packages get the standard's.
 */

import { absentBackend } from "./backend.ts";
import { mockBackend, mock as mockControl, observeSteps } from "./mock.ts";
import type { Config, Mock, Suspend } from "./types.ts";

export { CancelToken } from "./cancel-token.ts";
export type { Config, Mock, OutputRecord, Serializer, Suspend, WorkflowSettings } from "./types.ts";

const isMocked = Boolean(process.env.KAWAIT_MOCK);
const backend = isMocked ? mockBackend : absentBackend;

/** Id of this thread: the key of its records. */
export let threadId = "";

/** Offset of the record that is being processed. */
export let stepId = 0;

observeSteps((currentThreadId, currentStepId) => {
  threadId = currentThreadId;
  stepId = currentStepId;
});

/** Settings of the workflow: declare output topics here, while modules load. */
export const config: Config = backend.config;

/** Control of the mocks; `undefined` unless `KAWAIT_MOCK` was set at import. */
export const mock: Mock | undefined = isMocked ? mockControl : undefined;

/**
 * Makes a suspension. Awaiting it ends the step and saves the thread, until a record
 * `{"ref": id, "value": …}` or `{"ref": id, "error": …}` for this thread arrives on `workflow-resume`.
 *
 * A named one may be resumed before the script gets there: the record waits in the thread's mailbox. Several that wait on
 * one name are resumed first come, first served.
 *
 * @param id default: `<stepId>:<n>`, unique in the thread. Names of that form are refused (`ReservedSuspensionId`).
 * @throws `NoThreadAtModuleLoad` while modules load.
 */
export function suspend<T = unknown>(id?: string): Suspend<T> {
  return backend.suspend<T>(id);
}

/**
 * Writes a record when the step is committed.
 *
 * @param value the record's value; `null` is a tombstone.
 * @param topic one of `config.outputTopics`.
 * @param key default: `threadId`.
 * @throws `UndeclaredTopic`; `ReservedTopic` for the engine's own.
 */
export function output(value: string | null, topic: string, key?: string): void {
  backend.output(value, topic, key);
}

/** Writes `JSON.stringify(value)`, or what `config.serializer` makes of it: see `output`. */
export function outputJSON(value: unknown, topic: string, key?: string): void {
  const { serializer } = config;
  const text = JSON.stringify(serializer === null ? value : serializer.serialize(value)) as string | undefined;
  if (text === undefined) throw new TypeError("outputJSON(value): the value has no JSON form");
  backend.output(text, topic, key);
}

/**
 * Cancels what a promise waits for: the bottom-most `await` that blocks it throws a `CancelToken`, which
 * `try`/`catch`/`finally` there may use to clean up, also by awaiting again.
 *
 * @returns whether anything was cancelled: not when the promise is settled or its function is running.
 */
export function cancel(value: unknown): boolean {
  return backend.cancel(value);
}

/** `Promise.all` that cancels nothing by itself; a cancelation of its result goes on to its arguments. */
export function all<T extends readonly unknown[] | []>(values: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>;
export function all<T>(values: Iterable<T | PromiseLike<T>>): Promise<Awaited<T>[]>;
export function all(values: Iterable<unknown>): Promise<unknown> {
  return backend.combine("all", false, values);
}

/** `Promise.any` that cancels nothing by itself; a cancelation of its result goes on to its arguments. */
export function any<T extends readonly unknown[] | []>(values: T): Promise<Awaited<T[number]>>;
export function any<T>(values: Iterable<T | PromiseLike<T>>): Promise<Awaited<T>>;
export function any(values: Iterable<unknown>): Promise<unknown> {
  return backend.combine("any", false, values);
}

/** `all` that cancels the others as soon as one is rejected. */
export function allWithCancel<T extends readonly unknown[] | []>(
  values: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>;
export function allWithCancel<T>(values: Iterable<T | PromiseLike<T>>): Promise<Awaited<T>[]>;
export function allWithCancel(values: Iterable<unknown>): Promise<unknown> {
  return backend.combine("all", true, values);
}

/** `any` that cancels the others as soon as one is fulfilled. */
export function anyWithCancel<T extends readonly unknown[] | []>(values: T): Promise<Awaited<T[number]>>;
export function anyWithCancel<T>(values: Iterable<T | PromiseLike<T>>): Promise<Awaited<T>>;
export function anyWithCancel(values: Iterable<unknown>): Promise<unknown> {
  return backend.combine("any", true, values);
}
