/**
 * `console`: lines go into the step's result and so into the engine's log, never anywhere else (I5). While modules load
 * there is no step, and lines are dropped.
 */

import { currentStep, type LogLevel } from "../current.ts";
import { append, defineHidden, stringSlice } from "../primordials.ts";
import { inspect } from "./inspect.ts";

const MAX_LINES = 1_000;
const MAX_LINE_LENGTH = 8_192;

export function log(level: LogLevel, text: string): void {
  const step = currentStep();
  if (step === undefined || step.logs.length >= MAX_LINES) return;
  append(step.logs, { level, text: stringSlice(text, 0, MAX_LINE_LENGTH) });
}

function format(args: readonly unknown[]): string {
  let text = "";
  for (let i = 0; i < args.length; i++) text += (i === 0 ? "" : " ") + inspect(args[i], []);
  return text;
}

const methods = {
  log(...args: unknown[]): void {
    log("info", format(args));
  },
  info(...args: unknown[]): void {
    log("info", format(args));
  },
  debug(...args: unknown[]): void {
    log("debug", format(args));
  },
  trace(...args: unknown[]): void {
    log("debug", format(args));
  },
  dir(value: unknown): void {
    log("info", inspect(value, []));
  },
  warn(...args: unknown[]): void {
    log("warn", format(args));
  },
  error(...args: unknown[]): void {
    log("error", format(args));
  },
  assert(condition: unknown, ...args: unknown[]): void {
    if (!condition) log("error", args.length === 0 ? "Assertion failed" : `Assertion failed: ${format(args)}`);
  },
};

export function installConsole(global: object): void {
  const console = {};
  for (const name of Object.keys(methods) as (keyof typeof methods)[]) defineHidden(console, name, methods[name]);
  defineHidden(global, "console", console);
}
