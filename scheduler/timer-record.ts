/**
 * One record of `workflow-scheduler`: key `<threadId>|<resume JSON>`, value the delay in milliseconds as text, counted
 * from the record's timestamp. `0` or a null value cancels what the same key has set.
 */
import { decodeText, parseResumeRecord, splitTimerKey, threadIdProblem } from "#protocol";

export type TimerRecord =
  | { readonly kind: "set"; readonly key: string; readonly dueMs: number }
  | { readonly kind: "cancel"; readonly key: string }
  | { readonly kind: "malformed"; readonly message: string };

/** 10 years are an ordinary delay; beyond this the due time would leave what a Date can hold. */
const DUE_MS_MAX = 8_640_000_000_000_000;

const DIGITS = /^\d{1,16}$/;

export function parseTimerRecord(key: Uint8Array | null, value: Uint8Array | null, timestampMs: number): TimerRecord {
  if (key === null) return malformed("the record has no key");
  const keyText = decodeText(key);
  if (keyText === undefined) return malformed("the key is not UTF-8");
  const parts = splitTimerKey(keyText);
  if (parts === undefined) return malformed('the key is not "<threadId>|<resume JSON>"');
  const problem = threadIdProblem(parts.threadId);
  if (problem !== undefined) return malformed(`the thread id in the key cannot be: ${problem}`);
  if (keyText.includes("\0")) return malformed("the key holds NUL");
  const resume = parseResumeRecord(Buffer.from(parts.resume), {});
  if (resume.kind !== "resume")
    return malformed(
      resume.kind === "malformed" ? `behind "|": ${resume.message}` : 'what follows "|" is no resume JSON with a "ref"',
    );
  if (value === null) return { kind: "cancel", key: keyText };
  const delay = decodeText(value)?.trim() ?? "";
  if (!DIGITS.test(delay)) return malformed("the value is no delay in milliseconds (digits only)");
  const delayMs = Number(delay);
  if (delayMs === 0) return { kind: "cancel", key: keyText };
  const dueMs = timestampMs + delayMs;
  if (dueMs > DUE_MS_MAX) return malformed("the delay lies beyond the year 275760");
  return { kind: "set", key: keyText, dueMs };
}

function malformed(message: string): TimerRecord {
  return { kind: "malformed", message };
}
