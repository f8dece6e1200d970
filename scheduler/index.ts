/** Timers: `workflow-scheduler` in, resume records out when they are due. */
export { schedulerDefinition, type TimerObserver } from "./definition.ts";
export { parseTimerRecord, type TimerRecord } from "./timer-record.ts";
