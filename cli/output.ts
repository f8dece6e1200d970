/** How commands print: a table for people, JSON with `--json`; errors on stderr, and their exit code. */
import process from "node:process";

/** A login, a certificate or a permission: starting again does not help. */
const REFUSED_EXIT_CODE = 3;

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Columns padded to their widest cell. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [head, ...rows])
    printLine(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

export function fail(error: unknown, json: boolean): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  if (json)
    process.stderr.write(`${JSON.stringify({ error: message, ...(typeof code === "string" ? { code } : {}) })}\n`);
  else process.stderr.write(`kawait: ${message}\n`);
  process.exitCode = code === "Refused" ? REFUSED_EXIT_CODE : 1;
}
