/**
 * The program image: what loading a program made, and the language that it was made in. References to it are saved by index
 * or path, so its objects keep their identity across a restore (I3); what a thread changed in it is saved with the thread.
 *
 * Boundary: the codec asks for numbers and objects; the kernel prepares it once per context.
 */
import { addIntrinsics } from "./index-table.ts";
import { walkIntrinsics } from "./intrinsics.ts";
import { walkProgram } from "./walk.ts";

/** Before any code of a program ran. */
export function prepareImage(runtimeRoots: readonly object[]): void {
  walkIntrinsics(runtimeRoots);
  addIntrinsics();
}

/** After load. */
export function indexImage(): void {
  walkProgram();
}
