/**
 * Where a partition goes on: `\0id` and `\0offset` of its changelog are the only authority (I1). Whatever does not fit
 * halts the partition; nobody resets but an operator, by a command.
 */
import {
  CHANGELOG_VERSION,
  type ChangelogIdentity,
  decodeIdentity,
  decodePosition,
  ID_KEY,
  OFFSET_KEY,
} from "#protocol";
import type { LogBounds, StateStore } from "./broker.ts";
import { PartitionHalt } from "./processor.ts";

export interface RestoreContext {
  readonly installation: string;
  readonly inputTopic: string;
  readonly changelogTopic: string;
  readonly partition: number;
  /** Of the input topic, now. */
  readonly partitions: number;
  readonly bounds: LogBounds;
  /** The group's position, if there ever was one. */
  readonly advisory: number | undefined;
  readonly newChangelogId: () => string;
}

export interface Restored {
  readonly next: number;
  /** To be written by the first transaction; undefined when the changelog has one. */
  readonly newIdentity: ChangelogIdentity | undefined;
}

/** @throws PartitionHalt */
export function restorePosition(store: StateStore, context: RestoreContext): Restored {
  const where = `${context.changelogTopic}/${context.partition}`;
  const identity = store.get(ID_KEY);
  if (identity === undefined) return firstStart(store, context, where);
  checkIdentity(decodeIdentity(identity), context, where);
  const position = store.get(OFFSET_KEY);
  const next = position === undefined ? undefined : decodePosition(position).next[context.inputTopic];
  if (next === undefined) {
    throw new PartitionHalt("ChangelogLost", `${where} has an identity but no position of ${context.inputTopic}`);
  }
  checkBounds(next, context);
  return { next, newIdentity: undefined };
}

function firstStart(store: StateStore, context: RestoreContext, where: string): Restored {
  if (context.advisory !== undefined || store.count() > 0) {
    throw new PartitionHalt(
      "ChangelogLost",
      `${where} has no identity record, but this partition was processed before (` +
        `${context.advisory === undefined ? "it holds state" : `the group stands at ${context.advisory}`}): ` +
        "the changelog topic was deleted or emptied. Restore it, or reset the consumer group to begin anew",
    );
  }
  const newIdentity = {
    version: CHANGELOG_VERSION,
    installation: context.installation,
    partitions: context.partitions,
    changelogId: context.newChangelogId(),
  };
  return { next: context.bounds.start, newIdentity };
}

function checkIdentity(identity: ChangelogIdentity, context: RestoreContext, where: string): void {
  if (identity.partitions !== context.partitions) {
    throw new PartitionHalt(
      "PartitionCountChanged",
      `${context.inputTopic} has ${context.partitions} partitions; ${where} was begun with ${identity.partitions}: ` +
        "keys would be looked for in the wrong partition. Bring back the topic with its old count",
    );
  }
  if (identity.installation !== context.installation) {
    throw new PartitionHalt(
      "ChangelogForeign",
      `${where} belongs to installation ${JSON.stringify(identity.installation)}, not ` +
        `${JSON.stringify(context.installation)}: check the installation's name`,
    );
  }
}

function checkBounds(next: number, { inputTopic, partition, bounds }: RestoreContext): void {
  if (next < bounds.start) {
    throw new PartitionHalt(
      "InputLost",
      `the next record of ${inputTopic}/${partition} is ${next}, but the log begins at ${bounds.start}: records were ` +
        "deleted before they were read (retention.ms of the topic has to be -1). Skip them by a command if that is right",
    );
  }
  if (next > bounds.end) {
    throw new PartitionHalt(
      "InputTopicReplaced",
      `the next record of ${inputTopic}/${partition} is ${next}, but the log ends at ${bounds.end}: the topic was ` +
        "deleted and made again, or its end was lost. Reset the position by a command if that is right",
    );
  }
}
