/** The workflow engine: threads, programs by version, effects → records. */
export { type EngineCounters, newCounters } from "./counters.ts";
export { type Decision, decide } from "./decide.ts";
export { type Engine, type EngineOptions, engineDefinition, startEngine } from "./engine.ts";
export { assertLoads, type NameImages, nameImagesIn } from "./load-check.ts";
export type { StepObserver } from "./observed-pool.ts";
export { programProblem } from "./program-check.ts";
export {
  type DeployOptions,
  deployProgram,
  type ProgramCheck,
  ProgramRegistry,
  type Resolution,
} from "./program-registry.ts";
