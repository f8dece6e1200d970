/**
 * The first bytes of a guest's step result: all that the sandbox process reads of it (grammar: `protocol/step-codec.ts`).
 *
 *   advanced = version:u8 1:u8 status:u8 flags:u8 …   status 0 = running, flag 1 = isPrivate
 *   faulted  = version:u8 0:u8 …
 */

const ADVANCED = 1;
const RUNNING = 0;
const IS_PRIVATE = 1;

/** Whether the decoded thread behind this result may serve its next step: not after a fault, where it stopped halfway, nor at its end. */
export function canStayLive(result: Uint8Array): boolean {
  return result[1] === ADVANCED && result[2] === RUNNING;
}

/** Whether a step, run in shared mode, has to be run again in private mode. */
export function asksForPrivateMode(result: Uint8Array): boolean {
  return result[1] === ADVANCED && ((result[3] ?? 0) & IS_PRIVATE) !== 0;
}
