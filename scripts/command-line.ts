/**
 * The arguments of a script: `--help`, options with a value or without, and one clear line, exit code 2, for what is none of them.
 *
 *   const { runs, only } = commandLine("npm run fuzz", "Malformed input from a seed.", {
 *     runs: { kind: "count", default: 1_000, means: "how many inputs" },
 *     only: { kind: "list", means: "parts of the campaign", choices: ["records", "http"] },
 *   });
 */
import process from "node:process";
import { parseArgs } from "node:util";

interface Described {
  /** For `--help`. */
  readonly means: string;
}

/** `count`: a whole number from 0 on. `list`: texts between commas. `names`: what stands there without an option; none are all. */
export type Option = Described &
  (
    | { readonly kind: "count"; readonly default?: number; readonly least?: number }
    | { readonly kind: "text"; readonly default?: string }
    | { readonly kind: "list"; readonly default?: readonly string[]; readonly choices?: readonly string[] }
    | { readonly kind: "names"; readonly choices: readonly string[] }
    | { readonly kind: "flag" }
  );

interface Values {
  readonly count: number;
  readonly text: string;
  readonly list: readonly string[];
  readonly names: readonly string[];
  readonly flag: boolean;
}

/** Of an option that is not given and has no default: undefined; a flag is false. */
type OptionValue<O extends Option> =
  | Values[O["kind"]]
  | (O extends { readonly kind: "flag" | "names" } | { readonly default: unknown } ? never : undefined);

const USAGE_ERROR = 2;

/** Ends the process after `--help` (exit code 0), and for an argument that cannot be taken (2, one line on stderr). */
export function commandLine<const O extends Readonly<Record<string, Option>>>(
  command: string,
  purpose: string,
  options: O,
): { readonly [name in keyof O]: OptionValue<O[name]> } {
  try {
    const values = parse(process.argv.slice(2), options);
    if (values !== undefined) return values as { readonly [name in keyof O]: OptionValue<O[name]> };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`error: ${error.message}; \`${command} -- --help\` lists the options.\n`);
    process.exit(USAGE_ERROR);
  }
  process.stdout.write(helpText(command, purpose, options));
  process.exit(0);
}

class UsageError extends Error {}

/** Undefined: help is asked for. */
function parse(
  args: readonly string[],
  options: Readonly<Record<string, Option>>,
): Record<string, unknown> | undefined {
  const named = Object.entries(options).find(([, { kind }]) => kind === "names");
  const wanted = Object.entries(options)
    .filter(([, { kind }]) => kind !== "names")
    .map(([name, { kind }]) => [name, { type: kind === "flag" ? "boolean" : "string" }] as const);
  let given: Readonly<Record<string, string | boolean | undefined>>;
  let names: readonly string[];
  try {
    const config = { ...Object.fromEntries(wanted), help: { type: "boolean", short: "h" } } as const;
    const parsed = parseArgs({ args: [...args], options: config, allowPositionals: named !== undefined });
    given = parsed.values;
    names = parsed.positionals;
  } catch (error) {
    // Its first sentence says which; the others are about options that begin with a dash.
    throw new UsageError((error as Error).message.split(/[.\n]/)[0]!);
  }
  if (given.help === true) return undefined;
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      option.kind === "names" ? known(names, option.choices) : optionValue(name, option, given[name]),
    ]),
  );
}

function optionValue(
  name: string,
  option: Exclude<Option, { kind: "names" }>,
  given: string | boolean | undefined,
): unknown {
  if (option.kind === "flag") return given === true;
  if (given === undefined) return option.default;
  const text = String(given);
  if (option.kind === "count") return countOf(name, text, option.least ?? 0);
  return option.kind === "text" ? text : known(text.split(","), option.choices);
}

function known(given: readonly string[], choices: readonly string[] | undefined): readonly string[] {
  const unknown = given.filter((each) => choices?.includes(each) === false);
  if (unknown.length === 0) return given;
  throw new UsageError(
    `there is no ${unknown.map((each) => `"${each}"`).join(", ")}; there are ${choices!.join(", ")}`,
  );
}

function countOf(name: string, text: string, least: number): number {
  const count = /^\d[\d_]*$/.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < least)
    throw new UsageError(`--${name} takes a whole number from ${least} on, not "${text}"`);
  return count;
}

function helpText(command: string, purpose: string, options: Readonly<Record<string, Option>>): string {
  const rows = Object.entries(options).map(([name, option]) => {
    const choices = "choices" in option && option.choices !== undefined ? `: ${option.choices.join(", ")}` : "";
    const fallback = "default" in option && option.default !== undefined ? ` (default ${option.default})` : "";
    return [formOf(name, option), `${option.means}${choices}${fallback}`] as const;
  });
  const width = Math.max(...rows.map(([form]) => form.length));
  const lines = rows.map(([form, means]) => `  ${form.padEnd(width)}  ${means}`);
  return `${command} -- [options]\n${purpose}\n\n${lines.join("\n")}\n`;
}

function formOf(name: string, { kind }: Option): string {
  if (kind === "names") return `<${name}…>`;
  return kind === "flag" ? `--${name}` : `--${name} <${kind === "list" ? "text,…" : kind}>`;
}
