/**
 * `kawait reset-position`: what an operator does behind `InputLost` and `InputTopicReplaced`. Without `--yes` it only tells
 * what it would do, what is lost by it, and what may happen twice.
 */
import { Command, Option } from "commander";
import { topicNames } from "#protocol";
import { type Broker, type PositionPlace, type PositionReport, reportPosition, resetPosition } from "#stream";
import { type KafkaOptions, openKafka, withKafka } from "../kafka-options.ts";
import { printJson, printLine } from "../output.ts";
import { parseCount } from "./dev.ts";

interface ResetOptions extends KafkaOptions {
  readonly processor: "engine" | "scheduler";
  readonly partition?: number;
  readonly to?: "start" | "end";
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json?: boolean;
}

export function resetPositionCommand(): Command {
  return withKafka(new Command("reset-position"))
    .description("set the position of partitions that halted with InputLost or InputTopicReplaced")
    .addOption(new Option("--processor <name>", "whose input").choices(["engine", "scheduler"]).default("engine"))
    .option("--partition <number>", "only this one (default: all that halted)", parseCount)
    .addOption(
      new Option("--to <place>", "of the log as it is now; needed behind InputTopicReplaced").choices(["start", "end"]),
    )
    .option("--dry-run", "only tell what would be done: so it is without --yes", false)
    .option("--yes", "do it", false)
    .option("--json", "print JSON")
    .action(run);
}

async function run(options: ResetOptions): Promise<void> {
  if (options.yes && options.dryRun) throw new Error("--yes and --dry-run together mean nothing: choose one.");
  const { broker, installation } = openKafka(options, "kawait-cli");
  try {
    const found = await reports(
      broker,
      placesOf(options, installation, await partitionsOf(broker, options, installation)),
    );
    const halted = found.filter(({ problem }) => problem !== undefined);
    if (!options.json)
      for (const report of found) printLine(report.problem === undefined ? sound(report) : plan(report, options.to));
    const unclear = halted.filter((report) => targetOf(report, options.to) === undefined);
    if (options.yes && unclear.length > 0)
      throw new Error("Say where it is to go on: --to start or --to end. Nothing was changed.");
    const done = [];
    if (options.yes)
      for (const report of halted) done.push(await resetPosition(broker, report, targetOf(report, options.to)!));
    if (options.json) return printJson(options.yes ? done : found);
    for (const { inputTopic, partition, newNext } of done)
      printLine(`${inputTopic}/${partition} goes on at ${newNext}.`);
    if (done.length > 0) printLine("Start the engines again: a partition that has halted looks no more by itself.");
    else if (halted.length > 0) printLine("Nothing was changed. With --yes it is.");
  } finally {
    await broker.close();
  }
}

async function partitionsOf(
  broker: Broker,
  { processor, partition }: ResetOptions,
  installation: string,
): Promise<number[]> {
  const topics = topicNames(installation);
  const topic = processor === "engine" ? topics.resume : topics.scheduler;
  const count = (await broker.topics.describe([topic])).get(topic)?.partitions;
  if (count === undefined) throw new Error(`There is no topic "${topic}": check --installation.`);
  if (partition === undefined) return Array.from({ length: count }, (_, index) => index);
  if (partition >= count) throw new Error(`${topic} has ${count} partitions, no ${partition}.`);
  return [partition];
}

function placesOf({ processor }: ResetOptions, installation: string, partitions: readonly number[]): PositionPlace[] {
  const topics = topicNames(installation);
  const [inputTopic, changelogTopic] =
    processor === "engine" ? [topics.resume, topics.changelog] : [topics.scheduler, topics.schedulerChangelog];
  return partitions.map((partition) => ({ installation, processor, inputTopic, changelogTopic, partition }));
}

async function reports(broker: Broker, places: readonly PositionPlace[]): Promise<PositionReport[]> {
  const found: PositionReport[] = [];
  for (const place of places) found.push(await reportPosition(broker, place));
  return found;
}

/** Behind a loss there is one way on; behind another log an operator has to know what is in it. */
function targetOf({ problem }: PositionReport, to: "start" | "end" | undefined): "start" | "end" | undefined {
  return to ?? (problem === "InputLost" ? "start" : undefined);
}

function sound({ inputTopic, partition, next, bounds }: PositionReport): string {
  const where = `${inputTopic}/${partition}`;
  return next === undefined
    ? `${where} was never processed: nothing to reset.`
    : `${where} stands at ${next}, its log goes from ${bounds.start} to ${bounds.end}: nothing to reset.`;
}

function plan(report: PositionReport, to: "start" | "end" | undefined): string {
  const { inputTopic, partition, next = 0, bounds, problem } = report;
  const there = bounds.end - bounds.start;
  const lines = [
    `${inputTopic}/${partition} stands at ${next}, its log goes from ${bounds.start} to ${bounds.end}: ${problem}`,
  ];
  const skipped = `  --to end: goes on at ${bounds.end}. The ${there} offsets that are in the log now are never processed: what they carry is lost.`;
  if (problem === "InputLost") {
    lines.push(
      `  Lost already: the ${bounds.start - next} offsets from ${next} to ${bounds.start - 1}, deleted before they were read. ` +
        "Threads that wait for what they carried go on waiting: send it again, or terminate them.",
      `  --to start (the default): goes on at ${bounds.start}. Nothing else is lost, nothing happens twice.`,
      skipped,
    );
  } else {
    lines.push(
      `  The topic was deleted and made again, or its end was lost (an unclean election): what lay from ${bounds.end} to ${next - 1} was processed, as far as it was there.`,
      `  --to start: goes on at ${bounds.start}. All that is in the log now is processed. Was it copied from the old topic, what was ` +
        "processed there comes twice: starts become dead letters (ThreadExists), answers to ids of the form <offset>:<n> are " +
        "dropped, messages to named suspensions count twice.",
      skipped,
      "  Either way offsets begin again below those of running threads: ids <offset>:<n> that were given out once can be given out " +
        "again, so a late second answer to an old one would be taken for a new one's.",
    );
  }
  const target = targetOf(report, to);
  if (target !== undefined) lines.push(`  → goes on at ${bounds[target]} (--to ${target})`);
  return lines.join("\n");
}
