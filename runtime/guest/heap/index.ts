/**
 * The heap codec: everything that a thread still reaches ⇄ bytes, in heap format 1 (`format.ts` has the grammar).
 *
 * Boundary: the kernel hands over its tables once per context (`HeapBindings`) and one record of roots per thread; the
 * codec knows nothing of jobs, steps or hosts.
 * Holds I2 (bytes are a function of the reachable graph alone), I3 (decoding into another context gives a graph that no
 * script can tell from the old one), I4 (what cannot be saved throws a `HeapError` that names the path), I5 (no guest code
 * runs: captured primordials only).
 */
export type { HeapBindings, PrivateNameClass, ThreadCodec } from "./bindings.ts";
export { createThreadCodec } from "./codec.ts";
export { HEAP_FORMAT_VERSION } from "./format.ts";
export { HeapError } from "./heap-error.ts";
