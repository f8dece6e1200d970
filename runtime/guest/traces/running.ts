/** The async frame that a job has resumed: outermost on the stack, whatever it has called since. */
import type { AsyncFrame, AsyncGeneratorFrame } from "../records.ts";

/** One object, so that setting it is one store. */
export const running: { frame: AsyncFrame | AsyncGeneratorFrame | undefined } = { frame: undefined };
