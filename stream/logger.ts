/** The log of a process: JSON lines on standard error. `KAWAIT_LOG_LEVEL` (default `warn`) says from which level on. */
import { pino } from "pino";
import type { RunnerLogger } from "./runner-state.ts";

const STANDARD_ERROR = 2;

/** Written at once: the lines before a crash are the ones that matter. */
const log = pino(
  {
    level: process.env.KAWAIT_LOG_LEVEL ?? "warn",
    base: null,
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  },
  pino.destination({ fd: STANDARD_ERROR, sync: true }),
);

export const processLogger: RunnerLogger = {
  info: (message, fields) => log.info(fields ?? {}, message),
  warn: (message, fields) => log.warn(fields ?? {}, message),
  error: (message, fields) => log.error(fields ?? {}, message),
};
