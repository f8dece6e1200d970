/** `kawait tail <topic>`: committed records as they come. */
import process from "node:process";
import { Command } from "commander";
import { HEADER_ERROR_STACK } from "#protocol";
import { type ConnectionOptions, connected, withConnection } from "../connection.ts";
import { printJson, printLine } from "../output.ts";

export function tailCommand(): Command {
  const command = new Command("tail")
    .description("print a topic's records as they are committed")
    .argument("<topic>")
    .option("--from-beginning", "those that are there, too", false);
  return withConnection(command).action(
    async (topic: string, options: ConnectionOptions & { readonly fromBeginning: boolean }) => {
      const interrupted = new AbortController();
      process.once("SIGINT", () => interrupted.abort());
      await connected(options, async (client) => {
        for await (const record of client.tail(topic, {
          fromBeginning: options.fromBeginning,
          signal: interrupted.signal,
        })) {
          if (options.json) printJson(record);
          else {
            printLine(`${record.partition}/${record.offset}  ${record.key ?? "(no key)"}  ${record.value ?? "(null)"}`);
            const stack = record.headers[HEADER_ERROR_STACK];
            if (stack !== undefined) printLine(`  ${stack.replaceAll("\n", "\n  ")}`);
          }
        }
      });
    },
  );
}
