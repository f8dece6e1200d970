/**
 * The runtime: steps in, results out. `host/` is the sandbox's outside, `guest/` what runs inside, `api/` what authors
 * import.
 */

export { type GuestPrelude, guestPrelude } from "./guest-bundle.ts";
export * from "./heap-view/index.ts";
export { type HeapView, readHeap } from "./heap-view/index.ts";
export { createSandboxPool, type SandboxPool, type SandboxPoolOptions } from "./host/pool.ts";
export type { LoadFailure, ProgramSummary } from "./host/program-summary.ts";
export { DEFAULT_SANDBOX_LIMITS, type SandboxLimits } from "./host/sandbox-limits.ts";
export type { SandboxHealth, SandboxLogger } from "./host/supervisor.ts";
export type { SandboxMode } from "./host/wire.ts";
