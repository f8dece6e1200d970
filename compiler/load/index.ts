/**
 * The load phase: the entry → every module that it reaches, in a fixed order, with its text (`graph.ts`; `text.ts` for one that is
 * given), and before them those that make the globals of Node that the program names (`web.ts`).
 */
export { type ImportKind, type LoadedModule, type LoadedProgram, load, type Target } from "./graph.ts";
export type { TypeScriptOptions } from "./tsconfig.ts";
export { withWebModules } from "./web.ts";
