/**
 * Reading a heap without running anything: for `kawait show`, the console and debuggers.
 *
 * Boundary: bytes and the program's tables in, an inert graph with names out. No isolate, no guest code (I5).
 */
export { readHeap } from "./read-heap.ts";
export { type ImageNames, valueText } from "./text.ts";
export type { HeapView, ViewEntry, ViewFrame, ViewObject, ViewUnit, ViewValue } from "./view.ts";
