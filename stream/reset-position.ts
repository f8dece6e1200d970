/**
 * What an operator does behind `InputLost` and `InputTopicReplaced`: looks at where a partition stands and what its input
 * still holds, and sets its position anew.
 *
 * I1: the position is written as the processor itself writes it, by a transaction under the partition's id: an engine that
 * still runs the partition is fenced first, and nothing of its transactions is open when the old position is read. Only
 * a position that does not fit is changed: one that fits is nobody's to set.
 */
import {
  CHANGELOG_VERSION,
  decodePosition,
  encodeEnvelopes,
  encodeReserved,
  OFFSET_KEY,
  transactionalIdName,
} from "#protocol";
import { type Broker, BrokerError, type LogBounds } from "./broker.ts";
import { readChangelogValue } from "./read-changelog.ts";
import { DEFAULT_RUNNER_LIMITS } from "./runner-limits.ts";

export interface PositionPlace {
  readonly installation: string;
  /** The processor's name: `engine`, `scheduler`. */
  readonly processor: string;
  readonly inputTopic: string;
  readonly changelogTopic: string;
  readonly partition: number;
}

export interface PositionReport extends PositionPlace {
  /** Of the input, now. */
  readonly bounds: LogBounds;
  /** The next offset by the changelog; undefined where nothing was ever committed. */
  readonly next: number | undefined;
  readonly problem: "InputLost" | "InputTopicReplaced" | undefined;
}

export async function reportPosition(broker: Broker, place: PositionPlace): Promise<PositionReport> {
  const { inputTopic, changelogTopic, partition } = place;
  const payload = await readChangelogValue(broker, changelogTopic, partition, OFFSET_KEY);
  const next = payload === undefined ? undefined : decodePosition(payload).next[inputTopic];
  // Behind the position: what was committed in between would pass for a loss.
  const bounds = await broker.topics.bounds(inputTopic, partition);
  const problem =
    next === undefined
      ? undefined
      : next < bounds.start
        ? "InputLost"
        : next > bounds.end
          ? "InputTopicReplaced"
          : undefined;
  return { ...place, bounds, next, problem };
}

/**
 * Sets the position of a partition whose position does not fit its input.
 *
 * @param to where it goes on: the log's start or end as of now
 * @returns what was so before
 * @throws BrokerError `Unavailable` when the position fits
 */
export async function resetPosition(
  broker: Broker,
  place: PositionPlace,
  to: "start" | "end",
): Promise<PositionReport & { readonly newNext: number }> {
  const producer = await broker.openTransactionalProducer({
    transactionalId: transactionalIdName(place.installation, place.processor, place.partition),
    transactionTimeoutMs: DEFAULT_RUNNER_LIMITS.transactionTimeoutMs,
  });
  try {
    const report = await reportPosition(broker, place);
    const where = `${place.inputTopic}/${place.partition}`;
    if (report.problem === undefined)
      throw new BrokerError("Unavailable", `the position of ${where} fits its log: there is nothing to reset`);
    const newNext = report.bounds[to];
    const position = encodeReserved({ version: CHANGELOG_VERSION, next: { [place.inputTopic]: newNext } });
    const utf8 = new TextEncoder();
    const entries = encodeEnvelopes(OFFSET_KEY, position, position.length, 0);
    await producer.commit(
      entries.map(({ key, value }) => ({
        topic: place.changelogTopic,
        partition: place.partition,
        key: utf8.encode(key),
        value,
      })),
    );
    return { ...report, newNext };
  } finally {
    await producer.close();
  }
}
