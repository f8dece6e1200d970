/** `kawait deploy <file…>`: compiles workflows and deploys them by content hash. */
import { Command } from "commander";
import { compileWorkflow } from "#gateway";
import type { Limits } from "#protocol";
import { type ConnectionOptions, connected, withConnection } from "../connection.ts";
import { parseLimits } from "../limits.ts";
import { printJson, printLine } from "../output.ts";

export function deployCommand(): Command {
  const command = new Command("deploy")
    .description("compile workflows and deploy them")
    .argument("<files...>", "modules that export main")
    .option("--default", "a new: without a name starts this one", false)
    .option("--limits <name=number,…>", "of its steps and threads, over those that the script declares", parseLimits);
  return withConnection(command).action(
    async (
      files: readonly string[],
      options: ConnectionOptions & { readonly default: boolean; readonly limits?: Partial<Limits> },
    ) => {
      const compiled = await Promise.all(files.map((file) => compileWorkflow(file)));
      await connected(options, async (client) => {
        for (const { program, warnings } of compiled) {
          for (const warning of warnings) process.stderr.write(`${warning}\n`);
          await client.deploy(program, { isDefault: options.default, limits: options.limits ?? {} });
          if (options.json) printJson({ workflow: program.name, hash: program.hash });
          else printLine(`${program.name}  ${program.hash}`);
        }
      });
    },
  );
}
