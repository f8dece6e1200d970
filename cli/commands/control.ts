/** `kawait retry | cancel | terminate <thread>`: one shape, three commands. */
import { Command } from "commander";
import type { ThreadCommand } from "#protocol";
import { type ConnectionOptions, connected, withConnection } from "../connection.ts";
import { printJson, printLine } from "../output.ts";

function controlCommand(name: ThreadCommand, description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument("<thread>", "the thread's id")
    .option("--reason <text>", "kept with the record", "");
  return withConnection(command).action(
    async (threadId: string, options: ConnectionOptions & { readonly reason: string }) => {
      const written = await connected(options, (client) => client.command(threadId, name, options.reason));
      if (options.json) printJson(written);
      else printLine(`${written.topic}/${written.partition}/${written.offset}`);
    },
  );
}

export function retryCommand(): Command {
  return controlCommand("retry", "run the record again at which a thread faulted");
}

export function cancelCommand(): Command {
  return controlCommand("cancel", "cancel a thread's main; its cleanup runs");
}

export function terminateCommand(): Command {
  return controlCommand("terminate", "end a thread at once; nothing of it runs any more");
}
