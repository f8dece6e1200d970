/**
 * What stands behind the functions of `kawait` when a script runs under plain Node: the mocks, or nothing. A compiled
 * script never loads these files: the runtime inside the sandbox serves it.
 */

import type { Config, Suspend } from "./types.ts";

export interface Backend {
  suspend<T>(id: string | undefined): Suspend<T>;
  output(value: string | null, topic: string, key: string | undefined): void;
  cancel(value: unknown): boolean;
  combine(kind: "all" | "any", cancels: boolean, values: Iterable<unknown>): Promise<unknown>;
  readonly config: Config;
}

function absent(): never {
  throw new Error(
    "kawait: this script runs under plain Node, where nothing can suspend it. Deploy it (`kawait run`), or set the " +
      "environment variable KAWAIT_MOCK=1 before it is imported, for unit tests with mocks.",
  );
}

/** Importing works without the mocks, so that types and pure functions of a script can be used anywhere. */
export const absentBackend: Backend = {
  suspend: absent,
  output: absent,
  cancel: absent,
  combine: absent,
  config: {
    outputTopics: new Set(),
    resultTopic: "workflow-result",
    errorTopic: "workflow-error",
    unhandledRejections: "fail",
    serializer: null,
    fetchTopic: null,
  },
};
