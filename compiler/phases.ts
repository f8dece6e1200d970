/**
 * The compiler's way, one folder after the other; here are the phases between modules and link, in order of execution.
 *
 * | folder | what happens there to what an author wrote |
 * |---|---|
 * | `load/` | imports are resolved, tsconfig and `package.json` read: the list of modules |
 * | `parse/` | types, enums, namespaces, decorators and `using` become plain syntax; `with` and direct `eval` too (`open-scopes/`); functions get ids |
 * | `modules/` | `import`, `export`, `require`, module-level variables (`names.ts`); top-level `await` (`thread-body.ts`) |
 * | `closures/` | captured variables, nested functions, classes and private names, `super`, dead zones: `rewrite/visitors.ts` has a row per node |
 * | `frames/` | `async`, `await`, `yield`: `statements/index.ts` and `expressions/index.ts` have a row per node; `for await` is in `statements/iteration.ts` |
 * | `link/` | one script, its tables, ids and source map |
 *
 * `dynamic/` goes the same way with a text of `Function` or `eval`, `script/` with a script of the conformance runner. What a state
 * holds of all this is the runtime's: `runtime/guest/heap/kinds/table.ts` has a row per kind of value (a Map: `collections.ts`).
 */
import { closuresPhase } from "./closures/index.ts";
import { framesPhase } from "./frames/index.ts";
import type { Phase } from "./phase.ts";

export const PHASES: readonly Phase[] = [closuresPhase, framesPhase];
