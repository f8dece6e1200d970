/**
 * The heap codec: everything that a thread still reaches ⇄ bytes, in heap format 1 (`format.ts` has the grammar).
 *
 * Boundary: the kernel hands over one record of roots per thread; what a program is made of comes from `registry.ts`.
 * Holds I2 (bytes are a function of the reachable graph alone), I3 (decoding into another context gives a graph that no
 * script can tell from the old one), I4 (what cannot be saved throws a `HeapError` that names the path), I5 (no guest code
 * runs: captured primordials only).
 */
export { checkEveryObject, decodeGraph, encodeGraph, prepareCodec } from "./codec.ts";
export { HEAP_FORMAT_VERSION } from "./format.ts";
export { HeapError, type HeapErrorCode } from "./heap-error.ts";
export { stampClassParts, stampPrototype } from "./owner-slot.ts";
export { watchDefinitions } from "./property-definitions.ts";
export { watchPrototypes } from "./prototype-changes.ts";
export { trustAttributes } from "./suspicion.ts";
