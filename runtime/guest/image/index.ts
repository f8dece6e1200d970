/**
 * The program image: what loading a program made, and the language that it was made in. References to it are saved by index
 * or path, so its objects keep their identity across a restore (I3); what a thread changed in it is saved with the thread.
 *
 * Boundary: the codec asks for numbers and objects; the kernel prepares it once per context.
 */
import { takeLanguage } from "./baseline.ts";
import { hasBreached } from "./breach.ts";
import { canShare, compareImage, freezeImage } from "./freeze.ts";
import { walkIntrinsics, walkLateGlobals } from "./intrinsics.ts";
import { watchChanges, watchMore } from "./patches.ts";
import { walkProgram, walkUnit } from "./walk.ts";

/** Before any code of a program ran, or of units of global code. */
export function prepareImage(runtimeRoots: readonly object[], isForUnits: boolean): void {
  if (isForUnits) walkIntrinsics(runtimeRoots, takeLanguage);
  else walkIntrinsics(runtimeRoots);
}

/** After load: indexes, and how threads are kept apart. `assignedNames`: as in `GuestTables`. */
export function indexImage(assignedNames: readonly string[], isPrivate: boolean): void {
  // Whether the load made a proxy, the walk alone tells: what it was told for a freeze is in vain then.
  walkProgram(isPrivate ? "baselines" : "freeze");
  if (isPrivate) watchChanges();
  else if (canShare()) freezeImage(assignedNames);
}

/** After a unit of global code was registered (scripts.ts): its objects get the next indexes, whatever ran before. */
export function extendImage(): void {
  walkUnit();
  watchMore();
}

/** Once, before the first unit of global code runs. */
export function completeImage(): void {
  walkLateGlobals();
  watchChanges();
}

/** After a step in shared mode: whether it has to run again in a context of the thread's own. */
export function mustRunAlone(): boolean {
  if (!canShare()) return true;
  if (!hasBreached()) compareImage();
  return hasBreached();
}

export { installFreezeGuards } from "./breach.ts";
export { canShare } from "./freeze.ts";
