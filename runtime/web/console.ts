/**
 * `console`, complete: lines go to the step's log, once per step (I1). Counters, timers and groups are module state, and so
 * the thread's own: they are saved with it.
 */

import { inspect, log, quote } from "./host.ts";

type Level = "debug" | "info" | "warn" | "error";

const INDENT = "  ";
const DEFAULT = "default";

let indent = "";
let counters: Map<string, number> | undefined;
let timers: Map<string, number> | undefined;

function placeholder(kind: string, value: unknown): string {
  switch (kind) {
    case "s":
      return inspect(value);
    case "d":
    case "i":
    case "f": {
      if (typeof value === "bigint") return kind === "f" ? `${Number(value)}` : `${value}n`;
      if (typeof value === "symbol") return "NaN";
      if (kind === "d") return inspect(typeof value === "object" && value !== null ? Number.NaN : Number(value));
      const text = String(value);
      return inspect(kind === "i" ? Number.parseInt(text, 10) : Number.parseFloat(text));
    }
    case "j":
      try {
        return JSON.stringify(value) ?? "undefined";
      } catch {
        return "[Circular]";
      }
    case "c":
      return "";
    default:
      return typeof value === "string" ? quote(value) : inspect(value);
  }
}

export function format(values: readonly unknown[]): string {
  const [first] = values;
  let at = 0;
  let text = "";
  if (typeof first === "string") {
    at = 1;
    text =
      values.length === 1
        ? first
        : first.replace(/%([sdifjoOc%])/g, (whole, kind: string) => {
            if (kind === "%") return "%";
            return at < values.length ? placeholder(kind, values[at++]) : whole;
          });
  }
  for (; at < values.length; at++) text += (at === 0 ? "" : " ") + inspect(values[at]);
  return text;
}

function write(level: Level, values: readonly unknown[]): void {
  const text = format(values);
  log(level, indent === "" ? text : indent + text.replaceAll("\n", `\n${indent}`));
}

function duration(ms: number): string {
  if (ms >= 3_600_000) return `${Math.floor(ms / 3_600_000)}:${clock(ms % 3_600_000, 60_000)} (h:mm:ss)`;
  if (ms >= 60_000)
    return `${Math.floor(ms / 60_000)}:${((ms % 60_000) / 1_000).toFixed(3).padStart(6, "0")} (m:ss.mmm)`;
  return ms >= 1_000 ? `${(ms / 1_000).toFixed(3)}s` : `${Number(ms.toFixed(3))}ms`;
}

function clock(ms: number, minuteMs: number): string {
  const seconds = Math.floor((ms % minuteMs) / 1_000);
  return `${`${Math.floor(ms / minuteMs)}`.padStart(2, "0")}:${`${seconds}`.padStart(2, "0")}`;
}

function elapsed(label: string): string | undefined {
  const start = timers?.get(label);
  if (start !== undefined) return `${label}: ${duration(performance.now() - start)}`;
  log("warn", `No such label '${label}' for console.time`);
  return undefined;
}

function table(rows: unknown, columns: readonly string[] | undefined): string | undefined {
  if (typeof rows !== "object" || rows === null) return undefined;
  const isMap = rows instanceof Map;
  const entries: [string, unknown][] = isMap
    ? [...rows].map(([key, value], index) => [`${index}`, { Key: key, Values: value }])
    : rows instanceof Set
      ? [...rows].map((value, index) => [`${index}`, value])
      : Object.entries(rows);
  const keys: string[] = [...(columns ?? [])];
  let hasPlain = false;
  for (const [, row] of entries) {
    if (typeof row !== "object" || row === null) hasPlain = true;
    else if (columns === undefined) for (const key of Object.keys(row)) if (!keys.includes(key)) keys.push(key);
  }
  const cell = (value: unknown): string => (typeof value === "string" ? `'${value}'` : inspect(value));
  const index = isMap || rows instanceof Set ? "(iteration index)" : "(index)";
  const head = [index, ...keys, ...(hasPlain ? ["Values"] : [])];
  const lines = entries.map(([key, row]) => {
    const isRow = typeof row === "object" && row !== null;
    const cells = keys.map((name) =>
      isRow && Object.hasOwn(row, name) ? cell((row as Record<string, unknown>)[name]) : "",
    );
    return [key, ...cells, ...(hasPlain ? [isRow ? "" : cell(row)] : [])];
  });
  const widths = head.map((name, at) => Math.max(name.length, ...lines.map((line) => line[at]!.length)) + 2);
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => "─".repeat(width)).join(middle) + right;
  const line = (cells: readonly string[]): string =>
    `│${cells.map((text, at) => ` ${text}`.padEnd(widths[at]!)).join("│")}│`;
  return [rule("┌", "┬", "┐"), line(head), rule("├", "┼", "┤"), ...lines.map(line), rule("└", "┴", "┘")].join("\n");
}

/** Methods without a receiver, so that they may be passed on. */
const methods = {
  log: (...values: unknown[]) => write("info", values),
  info: (...values: unknown[]) => write("info", values),
  debug: (...values: unknown[]) => write("debug", values),
  warn: (...values: unknown[]) => write("warn", values),
  error: (...values: unknown[]) => write("error", values),
  trace: (...values: unknown[]) => write("error", [values.length === 0 ? "Trace" : `Trace: ${format(values)}`]),
  dir: (value: unknown) => write("info", typeof value === "string" ? [quote(value)] : [value]),
  dirxml: (...values: unknown[]) => write("info", values),
  assert(condition: unknown, ...values: unknown[]): void {
    if (condition) return;
    const [first, ...rest] = values;
    if (typeof first === "string") write("warn", [`Assertion failed: ${first}`, ...rest]);
    else write("warn", values.length === 0 ? ["Assertion failed"] : ["Assertion failed:", ...values]);
  },
  count(label: unknown = DEFAULT): void {
    const name = `${label}`;
    counters ??= new Map();
    counters.set(name, (counters.get(name) ?? 0) + 1);
    write("info", [`${name}: ${counters.get(name)}`]);
  },
  countReset(label: unknown = DEFAULT): void {
    if (counters?.delete(`${label}`) !== true) log("warn", `Count for '${label}' does not exist`);
  },
  group(...values: unknown[]): void {
    if (values.length > 0) write("info", values);
    indent += INDENT;
  },
  groupEnd(): void {
    indent = indent.slice(INDENT.length);
  },
  time(label: unknown = DEFAULT): void {
    timers ??= new Map();
    if (timers.has(`${label}`)) log("warn", `Label '${label}' already exists for console.time()`);
    else timers.set(`${label}`, performance.now());
  },
  timeLog(label: unknown = DEFAULT, ...values: unknown[]): void {
    const text = elapsed(`${label}`);
    if (text !== undefined) write("info", [text, ...values]);
  },
  timeEnd(label: unknown = DEFAULT): void {
    const text = elapsed(`${label}`);
    if (text !== undefined) write("info", [text]);
    timers?.delete(`${label}`);
  },
  table(rows: unknown, columns?: readonly string[]): void {
    const text = table(rows, columns);
    write("info", [text ?? rows]);
  },
};

export const console = {
  ...methods,
  groupCollapsed: methods.group,
  clear(): void {},
};
Object.defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true });
