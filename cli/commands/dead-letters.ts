/** `kawait dead-letters list | show | resend`: records that could not be served, and why. */
import { Command } from "commander";
import type { TailRecord } from "#gateway";
import { HEADER_MESSAGE, HEADER_OFFSET, HEADER_PARTITION, HEADER_REASON, HEADER_TOPIC } from "#protocol";
import { type ConnectionOptions, connected, withConnection } from "../connection.ts";
import { printJson, printLine, printTable } from "../output.ts";

interface FilterOptions extends ConnectionOptions {
  readonly reason?: string;
  readonly all?: boolean;
}

export function deadLettersCommand(): Command {
  return new Command("dead-letters")
    .description("records that could not be served")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(resendCommand());
}

function listCommand(): Command {
  const command = new Command("list")
    .description("list them")
    .option("--reason <code>", "only those of this reason, e.g. UnknownThread");
  return withConnection(command).action(async (options: FilterOptions) => {
    const letters = chosen(await connected(options, (client) => client.deadLetters()), options);
    if (options.json) return printJson(letters);
    printTable(
      ["DEAD LETTER", "REASON", "KEY", "FOUND AT", "TIME"],
      letters.map((letter) => [
        placeOf(letter),
        letter.headers[HEADER_REASON] ?? "",
        letter.key ?? "(none)",
        originOf(letter),
        new Date(letter.timestampMs).toISOString(),
      ]),
    );
  });
}

function showCommand(): Command {
  const command = new Command("show").description("show one").argument("<place>", "<partition>/<offset>, as listed");
  return withConnection(command).action(async (place: string, options: ConnectionOptions) => {
    const all = await connected(options, (client) => client.deadLetters());
    const letter = all.find((each) => placeOf(each) === place);
    if (letter === undefined) throw new Error(`There is no dead letter ${place}.`);
    if (options.json) return printJson(letter);
    const message = letter.headers[HEADER_MESSAGE]?.replaceAll("\n", "\n  ");
    printLine(`${place}  ${letter.headers[HEADER_REASON]}: ${message}`);
    printLine(`  found at ${originOf(letter)}`);
    printLine(`  key ${letter.key ?? "(none)"}`);
    for (const [name, value] of Object.entries(letter.headers)) printLine(`  header ${name}: ${value}`);
    printLine(letter.value ?? "(null)");
  });
}

function resendCommand(): Command {
  const command = new Command("resend")
    .description("write them once more to where they were found, when what was wrong is mended")
    .argument("[places...]", "<partition>/<offset>, as listed")
    .option("--all", "all that are listed")
    .option("--reason <code>", "with --all: only those of this reason");
  return withConnection(command).action(async (places: string[], options: FilterOptions) => {
    if (places.length === 0 && !options.all) throw new Error("Name dead letters as <partition>/<offset>, or --all.");
    const sent = await connected(options, async (client) => {
      const wanted = options.all ? chosen(await client.deadLetters(), options).map(placeOf) : places;
      const written = [];
      for (const place of wanted) written.push({ place, ...(await client.resendDeadLetter(parsed(place))) });
      return written;
    });
    if (options.json) return printJson(sent);
    for (const { place, topic, partition, offset } of sent) printLine(`${place} → ${topic}/${partition}/${offset}`);
  });
}

function chosen(letters: readonly TailRecord[], { reason }: FilterOptions): readonly TailRecord[] {
  return letters.filter(({ headers }) => reason === undefined || headers[HEADER_REASON] === reason);
}

function placeOf({ partition, offset }: TailRecord): string {
  return `${partition}/${offset}`;
}

function originOf({ headers }: TailRecord): string {
  return `${headers[HEADER_TOPIC]}/${headers[HEADER_PARTITION]}/${headers[HEADER_OFFSET]}`;
}

function parsed(place: string): { readonly partition: number; readonly offset: number } {
  const match = /^(\d+)\/(\d+)$/.exec(place);
  if (match === null) throw new Error(`"${place}" is no <partition>/<offset>.`);
  return { partition: Number(match[1]), offset: Number(match[2]) };
}
