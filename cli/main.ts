/** `kawait`: the table of commands. Exit codes: 0 done, 1 failed (the reason on stderr), 2 wrong use, 3 refused by Kafka. */
import process from "node:process";
import { Command, CommanderError } from "commander";
import { aclsCommand } from "./commands/acls.ts";
import { cancelCommand, retryCommand, terminateCommand } from "./commands/control.ts";
import { deadLettersCommand } from "./commands/dead-letters.ts";
import { deployCommand } from "./commands/deploy.ts";
import { devCommand } from "./commands/dev.ts";
import { engineCommand } from "./commands/engine.ts";
import { listCommand } from "./commands/list.ts";
import { resetPositionCommand } from "./commands/reset-position.ts";
import { sendCommand } from "./commands/send.ts";
import { showCommand } from "./commands/show.ts";
import { startCommand } from "./commands/start.ts";
import { tailCommand } from "./commands/tail.ts";
import { fail } from "./output.ts";

const program = new Command("kawait")
  .description("Durable async/await for TypeScript, on Kafka")
  .showHelpAfterError("(--help tells more)")
  .exitOverride();

for (const command of [
  devCommand,
  engineCommand,
  deployCommand,
  startCommand,
  sendCommand,
  listCommand,
  showCommand,
  tailCommand,
  deadLettersCommand,
  retryCommand,
  cancelCommand,
  terminateCommand,
  resetPositionCommand,
  aclsCommand,
])
  program.addCommand(command().exitOverride().showHelpAfterError("(--help tells more)"));

const USAGE_EXIT_CODE = 2;

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  else fail(error, process.argv.includes("--json"));
}
