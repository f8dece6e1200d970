/**
 * The phases between modules and link, in order of execution.
 */
import type { Phase } from "./phase.ts";

export const PHASES: readonly Phase[] = [];
