/**
 * `config` of the API: set while modules load, it is the program's; a thread that touches it gets a copy of its own.
 */

import { currentThread } from "./current.ts";
import { NativeSet, setAdd, setForEach } from "./primordials.ts";

/** Turns values that JSON cannot hold into some that it can, and back; superjson is one. */
export interface Serializer {
  serialize(value: unknown): unknown;
  deserialize(serialized: unknown): unknown;
}

export interface Config {
  /** Topics that `output` may write. */
  outputTopics: Set<string>;
  /** Where `JSON(result)` goes; `null`: nowhere. */
  resultTopic: string | null;
  /** Where `JSON(String(error))` goes; `null`: nowhere. */
  errorTopic: string | null;
  /** What a rejected promise that nobody handles does when the step ends: `"fail"` fails the thread, `"warn"` logs. */
  unhandledRejections: "fail" | "warn";
  /** How values travel in records; `null`: as JSON. */
  serializer: Serializer | null;
  /** Where requests of `fetch` go; `null`: it is unavailable. */
  fetchTopic: string | null;
}

/** The program's config, after load the default of every thread. */
export const programConfig: Config = {
  outputTopics: new NativeSet(),
  resultTopic: "workflow-result",
  errorTopic: "workflow-error",
  unhandledRejections: "fail",
  serializer: null,
  fetchTopic: null,
};

function copyOf(config: Config): Config {
  const outputTopics = new NativeSet<string>();
  setForEach(config.outputTopics, (topic: string) => setAdd(outputTopics, topic));
  const { resultTopic, errorTopic, unhandledRejections, serializer, fetchTopic } = config;
  return { outputTopics, resultTopic, errorTopic, unhandledRejections, serializer, fetchTopic };
}

/** What a script gets to see, and may change. */
export function visibleConfig(): Config {
  const thread = currentThread();
  if (thread === undefined) return programConfig;
  thread.config ??= copyOf(programConfig);
  return thread.config as Config;
}

/** What counts now. */
export function effectiveConfig(): Config {
  return (currentThread()?.config as Config | undefined) ?? programConfig;
}
