/**
 * The records of `workflow-resume` and `workflow-scheduler`, verbatim, and the headers that Kawait adds around them.
 * Parsing never throws: what cannot be read is a `malformed` with a reason for the dead-letter topic (I4).
 */

/** Names a workflow (file name without extension) in a `new:` record; needed where several are deployed, none default. */
export const HEADER_WORKFLOW = "kawait-workflow";
/** Pins a `new:` record to a program by hash. */
export const HEADER_PROGRAM = "kawait-program";
/** What a `new:` for a thread that exists does: `ignore` (default), `terminate`, `restart`. */
export const HEADER_ON_CONFLICT = "kawait-on-conflict";
/** A command to a thread instead of a resume: `cancel`, `terminate`, `retry`. The value may hold a reason (text). */
export const HEADER_COMMAND = "kawait-command";
/** On a forwarded record: `topic/partition/offset` where it was found. */
export const HEADER_ORIGIN = "kawait-origin";
/** On a dead letter: why, and from where. */
export const HEADER_REASON = "kawait-reason";
export const HEADER_MESSAGE = "kawait-message";
export const HEADER_TOPIC = "kawait-topic";
export const HEADER_PARTITION = "kawait-partition";
export const HEADER_OFFSET = "kawait-offset";
/** On an error record of a faulted thread: the error's code. */
export const HEADER_ERROR_CODE = "kawait-error-code";
/** On a script's error: its stack, with the frames that awaited and the errors that caused it. */
export const HEADER_ERROR_STACK = "kawait-error-stack";

export const CONFLICT_POLICIES = ["ignore", "terminate", "restart"] as const;
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];
export type ThreadCommand = "cancel" | "terminate" | "retry";

export type ResumeRecord =
  | {
      readonly kind: "new";
      readonly argument: string;
      readonly onConflict: ConflictPolicy;
      readonly workflow: string | undefined;
      readonly programHash: string | undefined;
    }
  | { readonly kind: "resume"; readonly ref: string; readonly text: string }
  | { readonly kind: "command"; readonly command: ThreadCommand; readonly reason: string }
  | { readonly kind: "malformed"; readonly message: string };

const NEW_PREFIX = "new:";
const COMMANDS: readonly string[] = ["cancel", "terminate", "retry"];
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a key or value; undefined when it is not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Reads a record's value and headers.
 * @param value the record's value; a tombstone (`null`) is malformed: nothing is ever deleted by one.
 */
export function parseResumeRecord(value: Uint8Array | null, headers: Readonly<Record<string, string>>): ResumeRecord {
  const command = headers[HEADER_COMMAND];
  if (command !== undefined) {
    if (!COMMANDS.includes(command))
      return malformed(`header ${HEADER_COMMAND} is "${clip(command)}"; it can be ${COMMANDS.join(", ")}`);
    const reason = value === null ? "" : decodeText(value);
    if (reason === undefined) return malformed("the reason of the command is not UTF-8");
    return { kind: "command", command: command as ThreadCommand, reason };
  }
  if (value === null) return malformed("the value is null");
  const text = decodeText(value);
  if (text === undefined) return malformed("the value is not UTF-8");
  if (text.startsWith(NEW_PREFIX)) return parseNew(text.slice(NEW_PREFIX.length), headers);
  return parseResume(text);
}

function parseNew(argument: string, headers: Readonly<Record<string, string>>): ResumeRecord {
  const onConflict = headers[HEADER_ON_CONFLICT] ?? "ignore";
  if (!(CONFLICT_POLICIES as readonly string[]).includes(onConflict))
    return malformed(
      `header ${HEADER_ON_CONFLICT} is "${clip(onConflict)}"; it can be ${CONFLICT_POLICIES.join(", ")}`,
    );
  const problem = argument.trim() === "" ? undefined : jsonProblem(argument);
  if (problem !== undefined) return malformed(`what follows "new:" is not JSON: ${problem}`);
  return {
    kind: "new",
    argument: argument.trim() === "" ? "" : argument,
    onConflict: onConflict as ConflictPolicy,
    workflow: headers[HEADER_WORKFLOW],
    programHash: headers[HEADER_PROGRAM],
  };
}

/** The `ref` of a resume text, as `parseResumeRecord` reads it; for the scheduler's keys, too. */
function parseResume(text: string): ResumeRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return malformed(`the value is neither "new:JSON" nor JSON: ${(error as Error).message}`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    return malformed('the value is JSON, but no object with a "ref"');
  const ref = (parsed as { ref?: unknown }).ref;
  if (typeof ref !== "string" || ref === "") return malformed('"ref" is missing or no text');
  return { kind: "resume", ref, text };
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function malformed(message: string): ResumeRecord {
  return { kind: "malformed", message };
}

function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

const AUTO_ID = /^(\d+):(\d+)$/;

/** The offset that an auto id (`<offset>:<n>`) was given out at; undefined for a named suspension. */
export function autoIdOffset(ref: string): number | undefined {
  const match = AUTO_ID.exec(ref);
  return match === null ? undefined : Number(match[1]);
}

export const THREAD_ID_BYTES_MAX = 1024;

/** What is wrong with a thread id, or undefined. `|` would make the scheduler's keys ambiguous. */
export function threadIdProblem(id: string): string | undefined {
  if (id === "") return "it is empty";
  if (id.includes("|")) return 'it holds "|"';
  if (id.includes("\0")) return "it holds NUL";
  // A UTF-16 unit takes three bytes at most.
  if (id.length * 3 > THREAD_ID_BYTES_MAX && new TextEncoder().encode(id).length > THREAD_ID_BYTES_MAX)
    return `it is longer than ${THREAD_ID_BYTES_MAX} bytes`;
  return undefined;
}

/** `<threadId>|<resume JSON>`: split at the first `|`, the JSON may hold more of them. */
export function splitTimerKey(key: string): { readonly threadId: string; readonly resume: string } | undefined {
  const bar = key.indexOf("|");
  if (bar <= 0 || bar === key.length - 1) return undefined;
  return { threadId: key.slice(0, bar), resume: key.slice(bar + 1) };
}
