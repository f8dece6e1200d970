/** `kawait acls --principal User:x`: the permissions that an engine needs, as commands for Kafka's own tool. */
import { Command, Option } from "commander";
import { type AclRule, engineAcls } from "#gateway";
import { printJson, printLine } from "../output.ts";

interface AclsOptions {
  readonly principal: string;
  readonly installation: string;
  readonly only?: "engine" | "scheduler";
  readonly create: boolean;
  readonly json?: boolean;
}

export function aclsCommand(): Command {
  return new Command("acls")
    .description("print the permissions that an engine needs, for kafka-acls.sh; user topics it writes need Write, too")
    .requiredOption("--principal <principal>", "who runs the engine, as Kafka names it: User:kawait")
    .addOption(
      new Option("--installation <prefix>", "prefix of Kawait's own topics").env("KAWAIT_INSTALLATION").default(""),
    )
    .addOption(new Option("--only <part>", "one of the two").choices(["engine", "scheduler"]))
    .option("--no-create", "the topics are there already")
    .option("--json", "print JSON")
    .action((options: AclsOptions) => {
      const parts = options.only === undefined ? (["engine", "scheduler"] as const) : [options.only];
      const rules = engineAcls(options.installation, parts, { create: options.create });
      if (options.json) printJson(rules);
      else for (const rule of rules) printLine(command(rule, options.principal));
    });
}

function command({ resource, name, pattern, operation }: AclRule, principal: string): string {
  const place = `--${resource} ${name} --resource-pattern-type ${pattern}`;
  return `kafka-acls.sh --bootstrap-server "$BROKERS" --add --allow-principal ${principal} --operation ${operation} ${place}`;
}
