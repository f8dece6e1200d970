/** `kawait show <thread>`: its state, what it awaits and where, its local variables by name. */
import { Command } from "commander";
import type { ThreadView } from "#gateway";
import { type ConnectionOptions, connected, withConnection } from "../connection.ts";
import { printJson, printLine } from "../output.ts";

export function showCommand(): Command {
  const command = new Command("show").description("show a thread").argument("<thread>", "the thread's id");
  return withConnection(command).action(async (threadId: string, options: ConnectionOptions) => {
    const view = await connected(options, (client) => client.show(threadId));
    if (view === undefined) throw new Error(`There is no thread "${threadId}".`);
    if (options.json) printJson(view);
    else print(view);
  });
}

/** A string as it is, any other JSON as JSON. */
function readable(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === "string" ? value : json;
}

function print(view: ThreadView): void {
  printLine(`${view.threadId}  ${view.workflow}  ${view.status}`);
  printLine(`  program ${view.programHash.slice(0, 12)}, ${view.step} steps, state ${view.stateBytes} bytes`);
  printLine(`  started ${new Date(view.startedMs).toISOString()}, last step ${new Date(view.updatedMs).toISOString()}`);
  if (view.fault !== null) printLine(`  fault ${view.fault.code}: ${view.fault.message.replaceAll("\n", "\n  ")}`);
  if (view.failure !== null) {
    const { error, stack } = view.failure;
    printLine(`  error ${readable(error)}`);
    // The stack's first line says the error once more.
    for (const line of stack?.split("\n").slice(1) ?? []) printLine(`  ${line}`);
  }
  for (const pending of view.awaits)
    printLine(
      `  awaits ${pending.ref}${pending.function === null ? "" : `  in ${pending.function}`}${pending.position === null ? "" : `  at ${pending.position}`}`,
    );
  for (const frame of view.frames) {
    printLine(`  frame ${frame.function}${frame.position === null ? "" : `  at ${frame.position}`}`);
    for (const [name, value] of Object.entries(frame.locals)) printLine(`    ${name} = ${value}`);
  }
  if (view.mailbox.length > 0) printLine(`  mailbox ${view.mailbox.join(" ")}`);
}
