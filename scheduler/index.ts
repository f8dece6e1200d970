/** Timers: `workflow-scheduler` in, resume records out when they are due. */
export { schedulerDefinition } from "./definition.ts";
export { parseTimerRecord, type TimerRecord } from "./timer-record.ts";
