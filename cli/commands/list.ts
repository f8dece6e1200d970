/** `kawait list`: the threads that are kept. */
import { Command } from "commander";
import { type ConnectionOptions, connected, withConnection } from "../connection.ts";
import { printJson, printTable } from "../output.ts";

export function listCommand(): Command {
  const command = new Command("list")
    .description("list threads")
    .option("--status <status>", "only those: running, faulted, completed, failed, cancelled, terminated");
  return withConnection(command).action(async (options: ConnectionOptions & { readonly status?: string }) => {
    const all = await connected(options, (client) => client.list());
    const threads = all.filter((thread) => options.status === undefined || thread.status === options.status);
    if (options.json) return printJson(threads);
    printTable(
      ["THREAD", "WORKFLOW", "STATUS", "STEPS", "AWAITS", "UPDATED"],
      threads.map((thread) => [
        thread.threadId,
        thread.workflow,
        thread.fault === null ? thread.status : `${thread.status} (${thread.fault.code})`,
        String(thread.step),
        thread.awaits.join(" "),
        new Date(thread.updatedMs).toISOString(),
      ]),
    );
  });
}
