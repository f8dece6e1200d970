/** What a sandbox process and its supervisor agree on beside the frames (`wire.ts`). */

/** The descriptor of the socket in the sandbox process. */
export const SOCKET_FD = 3;

/** The descriptor to which its guard writes of long calls (`long-call.ts`). */
export const LONG_CALLS_FD = 4;

/** Written to the error stream by the guard before it kills the process for its memory. */
export const OUT_OF_MEMORY_NOTE = "kawait sandbox: resident memory above the limit\n";

/** A child sends the outcomes that it has when they take this many bytes. */
export const FLUSH_BYTES = 4 * 1024 * 1024;
