/**
 * A dead letter: the record as it came (key, value), with headers that say why and where it was found (I4).
 * Re-sending one is: write key and value to the topic that `kawait-topic` names.
 */
import type { ErrorCode } from "./errors.ts";
import { HEADER_MESSAGE, HEADER_OFFSET, HEADER_PARTITION, HEADER_REASON, HEADER_TOPIC } from "./records.ts";

export interface DeadLetterSource {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface DeadLetter {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * @param topic full name of the dead-letter topic.
 * @param code stable reason, one of `ERROR_CODES`.
 */
export function deadLetter(topic: string, source: DeadLetterSource, code: ErrorCode, message: string): DeadLetter {
  return {
    topic,
    key: source.key,
    value: source.value,
    headers: {
      ...source.headers,
      [HEADER_REASON]: code,
      [HEADER_MESSAGE]: message,
      [HEADER_TOPIC]: source.topic,
      [HEADER_PARTITION]: String(source.partition),
      [HEADER_OFFSET]: String(source.offset),
    },
  };
}
