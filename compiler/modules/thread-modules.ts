/**
 * Which modules cannot be evaluated while the program is loaded: those with an `await` or a `using` at their top level, and
 * whatever imports them. They are evaluated in the thread, as frames, and every binding of theirs is the thread's:
 *
 *   const rate = await fetchRate();             // "async"
 *   import { rate } from "./rate.ts"; …         // an importer: "sync", unless it awaits itself
 *
 * Functions that are declared at their top level belong to the program image, as in any module.
 */
import type { LoadedModule } from "../load/index.ts";
import type { ModuleSyntax } from "./syntax.ts";

/** The syntax of all modules, with importers of those that run in the thread changed to run there too. */
export function spreadEvaluation(
  modules: readonly LoadedModule[],
  syntax: readonly (ModuleSyntax | null)[],
): (ModuleSyntax | null)[] {
  const importers = modules.map((): number[] => []);
  for (const module of modules) {
    for (const [key, target] of module.targets) {
      if (target.kind === "module" && key.startsWith("import:")) importers[target.index]!.push(module.index);
    }
  }
  const inThread = new Set<number>();
  const work = modules.flatMap(({ index }) => (runsInThread(syntax[index]) ? [index] : []));
  for (let index = work.pop(); index !== undefined; index = work.pop()) {
    if (inThread.has(index)) continue;
    inThread.add(index);
    work.push(...importers[index]!);
  }
  return syntax.map((one, index) => (one !== null && inThread.has(index) ? ofThread(one) : one));
}

export function runsInThread(syntax: ModuleSyntax | null | undefined): boolean {
  return syntax != null && syntax.evaluation !== "load";
}

/** The default export's binding, where it has no name: no other can be called so. */
export const DEFAULT_BINDING = "default";

function ofThread(syntax: ModuleSyntax): ModuleSyntax {
  const mutable = { ...syntax.mutable, ...syntax.variables };
  const exports = { ...syntax.exports };
  const source = exports.default;
  if (source?.kind === "default" && !source.hoisted) {
    exports.default = { kind: "local", binding: DEFAULT_BINDING };
    mutable[DEFAULT_BINDING] = { kind: "const", early: true };
  }
  return { ...syntax, exports, mutable, evaluation: syntax.evaluation === "load" ? "sync" : syntax.evaluation };
}
