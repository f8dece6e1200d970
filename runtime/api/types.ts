/** Types of the API that more than one file needs. */
import type { ProgramSettings } from "#protocol";

/**
 * What a workflow declares of itself, in its entry module. It is read from the text, not run: numbers are written out.
 *
 * ```ts
 * export const workflow = { default: true, limits: { stepMs: 5_000 } } satisfies WorkflowSettings;
 * ```
 */
export type WorkflowSettings = ProgramSettings;

/** What `suspend` gives: a promise that a record resumes by its `id`. */
export interface Suspend<T = unknown> extends Promise<T> {
  /** The `ref` of the record that resumes it. */
  readonly id: string;
}

/** Turns values that JSON cannot hold into some that it can, and back; superjson is one. */
export interface Serializer {
  /** Gives `{ json, meta? }`, which JSON can hold. */
  serialize(value: unknown): unknown;
  deserialize(serialized: never): unknown;
}

/**
 * Set it while modules load. What `main` changes counts for that thread alone.
 */
export interface Config {
  /** Topics that the script may write. */
  outputTopics: Set<string>;
  /** Where the JSON of `main`'s result goes; `null`: nowhere. Default `workflow-result`. */
  resultTopic: string | null;
  /** Where the JSON of `String(error)` goes when `main` throws; `null`: nowhere. Default `workflow-error`. */
  errorTopic: string | null;
  /** What a rejected promise that nobody handles at the end of a step does: `"fail"` (default) fails the thread. */
  unhandledRejections: "fail" | "warn";
  /**
   * How values travel in records: arguments, what resumes, `outputJSON`, result and error. `null` (default): as JSON. With
   * superjson (`config.serializer = superjson`) Dates, Maps, Sets, BigInts, … arrive as what they are; a record that is no
   * `{ json, meta? }` is still read as plain JSON.
   */
  serializer: Serializer | null;
  /**
   * Where the requests of `fetch` go, to be carried out by a worker of yours that reads the topic and answers
   * (docs/RECORDS.md). `null` (default): `fetch` rejects with `FetchUnavailable`. Under plain Node `fetch` is Node's.
   */
  fetchTopic: string | null;
}

/** A record that a script wrote. */
export interface OutputRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: string | null;
}

/** Control of the mocks, for a unit test. */
export interface Mock {
  /** Forgets everything and starts a thread; `threadId` becomes this id. Default `"thread"`. */
  start(threadId?: string): void;
  /** Resolves the oldest suspension of this id. Throws when nothing waits for it. */
  resume(id: string, value?: unknown): void;
  /** Rejects the oldest suspension of this id. Throws when nothing waits for it. */
  reject(id: string, error: unknown): void;
  /** Ids that wait, the oldest first. */
  readonly pending: readonly string[];
  /** Everything that was written since `start`, in order. */
  readonly outputs: readonly OutputRecord[];
}
