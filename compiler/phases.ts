/**
 * The phases between modules and link, in order of execution.
 */
import { closuresPhase } from "./closures/index.ts";
import { framesPhase } from "./frames/index.ts";
import type { Phase } from "./phase.ts";

export const PHASES: readonly Phase[] = [closuresPhase, framesPhase];
