/** `kawait dev [folder]`: everything in one process, data in `.kawait/`. */
import process from "node:process";
import { Command, InvalidArgumentError, Option } from "commander";
import { startDevServer } from "#gateway";
import { DEFAULT_PORT } from "../connection.ts";
import { printJson, printLine } from "../output.ts";

interface DevOptions {
  readonly port: number;
  readonly data: string;
  readonly processes?: number;
  readonly checkpoint: "live" | "drop";
  readonly watch: boolean;
  readonly json?: boolean;
}

export function devCommand(): Command {
  return new Command("dev")
    .description("embedded broker, engine and scheduler in one command; redeploys on a change")
    .argument("[folder]", "folder of workflows", ".")
    .option("--port <port>", "of the HTTP endpoint; 0 takes a free one", parseCount, DEFAULT_PORT)
    .option("--data <folder>", "where everything is kept", ".kawait")
    .option("--processes <count>", "sandbox processes (default: one per core)", parseCount)
    .addOption(
      new Option("--checkpoint <mode>", "drop: every step restores in a new context")
        .choices(["live", "drop"])
        .default("live"),
    )
    .option("--no-watch", "do not redeploy on a change")
    .option("--json", "print JSON lines")
    .action(async (folder: string, options: DevOptions) => {
      const server = await startDevServer({
        path: folder,
        dataFolder: options.data,
        port: options.port,
        checkpoint: options.checkpoint,
        watch: options.watch,
        ...(options.processes === undefined ? {} : { processes: options.processes }),
        onEvent: (event) => {
          if (options.json) printJson(event);
          else if (event.kind === "deployed") {
            printLine(`deployed ${event.workflow}  ${event.hash.slice(0, 12)}`);
            for (const warning of event.warnings) printLine(warning);
          } else process.stderr.write(`${event.message}\n`);
        },
      });
      if (options.json) printJson({ kind: "listening", url: server.address });
      else printLine(`kawait dev listens at ${server.address}`);
      await untilSignal();
      await server.stop();
    });
}

export function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("a whole number is needed");
  return Number(text);
}

export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
