export { type ImportKind, type LoadedModule, type LoadedProgram, load, type Target } from "./graph.ts";
export type { TypeScriptOptions } from "./tsconfig.ts";
export { withWebModules } from "./web.ts";
