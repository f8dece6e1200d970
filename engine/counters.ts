/** What the engine counts; plain numbers, read by metrics and tests. */
export interface EngineCounters {
  steps: number;
  faults: number;
  deadLetters: number;
  duplicateResume: number;
  resumeOfEnded: number;
  commandWithoutEffect: number;
}

export function newCounters(): EngineCounters {
  return { steps: 0, faults: 0, deadLetters: 0, duplicateResume: 0, resumeOfEnded: 0, commandWithoutEffect: 0 };
}
