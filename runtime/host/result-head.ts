/**
 * The first bytes of a guest's step result: all that the sandbox process reads of it (grammar: `protocol/step-codec.ts`).
 *
 *   advanced = version:u8 1:u8 status:u8 flags:u8 …   status 0 = running, flag 1 = isPrivate
 *   faulted  = version:u8 0:u8 …
 */

/**
 * Whether the decoded thread behind this result may serve its next step: not after a fault (it stopped halfway), not after
 * its end, and not when a step in shared mode asks to be run again in private mode.
 */
export function canStayLive(result: Uint8Array, isPrivate: boolean): boolean {
  const isAdvanced = result[1] === 1;
  const isRunning = result[2] === 0;
  const asksForPrivate = !isPrivate && ((result[3] ?? 0) & 1) === 1;
  return isAdvanced && isRunning && !asksForPrivate;
}
