/**
 * Sloppy code made at run time: a write of it that hits the freeze of shared mode passes in silence, so the code is judged
 * before it runs. Made in a step, it moves the thread to private mode when it may write to anything but its own variables; made
 * while modules load, its variables are of the image too.
 */
import type { CodeUnitText } from "#protocol";
import { registry } from "../registry.ts";
import { noteBreach } from "./breach.ts";

let loaded = false;

/** Whether the load made code whose writes could be lost. */
export function loadMadeSilentCode(): boolean {
  return loaded;
}

export function noteSilentCode(writes: CodeUnitText["silentWrites"]): void {
  if (registry.isLoaded) {
    if (writes === "any") noteBreach();
  } else if (writes !== "none") loaded = true;
}
