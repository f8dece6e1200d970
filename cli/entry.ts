/**
 * The process of `kawait`: keeps what Node compiled (`main.ts` and all behind it) for the next start, which then takes
 * half of the CPU time: an engine that was killed is back sooner. Node's own switches (`NODE_COMPILE_CACHE`,
 * `NODE_DISABLE_COMPILE_CACHE`) say where, or that not.
 */
import { enableCompileCache, flushCompileCache } from "node:module";

/** Behind the start of a process that stays: by then all that it needs is loaded. A killed one writes nothing. */
const FLUSH_AFTER_MS = 3_000;

enableCompileCache();
setTimeout(flushCompileCache, FLUSH_AFTER_MS).unref();
await import("./main.ts");
