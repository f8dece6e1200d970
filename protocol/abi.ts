/**
 * Version of the contract between compiled code and the guest runtime (`docs/ARCHITECTURE.md`, "The ABI object").
 * A runtime supports every version of which programs exist.
 */
export const ABI_VERSION = 1;

/** How a frame is resumed. */
export const RESUME_NEXT = 0;
export const RESUME_THROW = 1;
export const RESUME_RETURN = 2;
