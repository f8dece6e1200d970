/** `kawait start <workflow> [json]`: a new thread. */
import { randomUUID } from "node:crypto";
import { Argument, Command, Option } from "commander";
import type { ConflictPolicy } from "#protocol";
import { type ConnectionOptions, connected, withConnection } from "../connection.ts";
import { printJson, printLine } from "../output.ts";

interface StartOptions extends ConnectionOptions {
  readonly id?: string;
  readonly onConflict?: ConflictPolicy;
}

export function startCommand(): Command {
  const command = new Command("start")
    .description("start a thread of a workflow")
    .addArgument(new Argument("<workflow>", "file name without extension"))
    .addArgument(new Argument("[json]", "the argument of main").default("", "none"))
    .option("--id <thread>", "the thread's id (default: a random one)")
    .addOption(
      new Option("--on-conflict <policy>", "when the thread exists already").choices([
        "ignore",
        "terminate",
        "restart",
      ]),
    );
  return withConnection(command).action(async (workflow: string, json: string, options: StartOptions) => {
    if (json !== "") parseArgument(json);
    const threadId = options.id ?? randomUUID();
    const written = await connected(options, (client) =>
      client.start({
        threadId,
        workflow,
        argument: json,
        ...(options.onConflict === undefined ? {} : { onConflict: options.onConflict }),
      }),
    );
    if (options.json) printJson({ threadId, ...written });
    else printLine(threadId);
  });
}

function parseArgument(json: string): void {
  try {
    JSON.parse(json);
  } catch (error) {
    throw new Error(`The argument is not JSON: ${(error as Error).message}. Quote it for the shell: '{"a":1}'`);
  }
}
