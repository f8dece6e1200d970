/** Which errors stop a partition for good, instead of being tried again. */
import { type ErrorCode, KawaitError } from "#protocol";
import { BrokerError } from "./broker.ts";
import { PartitionHalt } from "./processor.ts";

/** Going on after one of these could lose or damage what was saved (I1, I4). */
const HALTING: ReadonlySet<string> = new Set<ErrorCode>([
  "ChangelogLost",
  "CorruptState",
  "InputLost",
  "InputTopicReplaced",
  "PartitionCountChanged",
  "ProgramMissing",
  "UnknownFormatVersion",
]);

export function haltOf(error: unknown): { readonly code: string; readonly message: string } | undefined {
  if (error instanceof PartitionHalt) return error;
  const isNamed = error instanceof KawaitError || error instanceof BrokerError;
  return isNamed && HALTING.has(error.code) ? error : undefined;
}
