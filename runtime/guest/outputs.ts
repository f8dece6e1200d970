/**
 * Records that a step writes: `output`, `outputJSON`, and what the runtime itself sends to the scheduler. A script touches
 * the world only through these (I5).
 */

import { RESERVED_TOPICS } from "#protocol";
import { effectiveConfig } from "./config.ts";
import { requireStep, type Step } from "./current.ts";
import { guestError } from "./errors.ts";
import { exhaustOutputs } from "./exhaustion.ts";
import { append, jsonStringify, NativeTypeError, setHas, stringSlice } from "./primordials.ts";
import { describe } from "./promise/operations.ts";
import { textOfValue } from "./values.ts";

const SCHEDULER_TOPIC = "workflow-scheduler";

/** As `isReservedTopic` of the protocol, without a method that a script could replace. */
function isReserved(topic: string): boolean {
  if (stringSlice(topic, 0, 2) === "__") return true;
  for (let i = 0; i < RESERVED_TOPICS.length; i++) {
    const reserved = RESERVED_TOPICS[i]!;
    if (topic === reserved || stringSlice(topic, -reserved.length - 1) === `-${reserved}`) return true;
  }
  return false;
}

function write(step: Step, topic: string, key: string, value: string | null): void {
  step.outputBytes += key.length + (value === null ? 0 : value.length);
  // Characters, so that it is cheap: what is above the limit by bytes only is found outside of the sandbox.
  if (step.outputs.length >= step.outputRecordsMax || step.outputBytes > step.outputBytesMax) {
    throw exhaustOutputs(
      `One step may write ${step.outputRecordsMax} records and ${step.outputBytesMax} bytes. Spread them over several steps, or raise limits.outputRecords or limits.outputBytes.`,
    );
  }
  append(step.outputs, { topic, key, value });
}

/** `W.output` */
export function output(value: unknown, topic: unknown, key?: unknown): void {
  const step = requireStep("output");
  if (value !== null && typeof value !== "string") {
    throw new NativeTypeError(`output(value): a string or null is needed, not ${describe(value)}; see outputJSON`);
  }
  if (typeof topic !== "string") throw new NativeTypeError("output(value, topic): the topic must be a string");
  if (key !== undefined && typeof key !== "string") {
    throw new NativeTypeError("output(value, topic, key): the key must be a string");
  }
  if (isReserved(topic)) throw guestError("ReservedTopic", `Scripts may not write the engine's topic "${topic}".`);
  if (!setHas(effectiveConfig().outputTopics, topic)) {
    throw guestError(
      "UndeclaredTopic",
      `The topic "${topic}" is not declared: add it to config.outputTopics at module load.`,
    );
  }
  write(step, topic, key ?? step.threadId, value);
}

/** `W.outputJSON` */
export function outputJSON(value: unknown, topic: unknown, key?: unknown): void {
  const text = textOfValue(value, "output");
  if (text === undefined) throw new NativeTypeError(`outputJSON(value): ${describe(value)} has no JSON form`);
  output(text, topic, key);
}

/** Whether requests of `fetch` have a topic to go to. */
export function canRequest(): boolean {
  // A thread that was saved before there was such a setting has none.
  return typeof effectiveConfig().fetchTopic === "string";
}

/** Writes a request of `fetch`: setting `config.fetchTopic` has declared the topic. */
export function sendRequest(text: string): void {
  const topic = effectiveConfig().fetchTopic as string;
  if (isReserved(topic)) throw guestError("ReservedTopic", `Requests may not go to the engine's topic "${topic}".`);
  const step = requireStep("fetch");
  write(step, topic, step.threadId, text);
}

/** Asks the scheduler to resume `ref` of this thread after a delay, or with `null` to forget it. */
export function schedule(step: Step, ref: string, delayMs: number | null): void {
  write(
    step,
    SCHEDULER_TOPIC,
    `${step.threadId}|{"ref":${jsonStringify(ref)}}`,
    delayMs === null ? null : `${delayMs}`,
  );
}
