/** The example workflows on the embedded broker: live, and with restore in a new context at every step. */
import { defineBehaviours } from "./behaviours.ts";

for (const checkpoint of ["live", "drop"] as const)
  defineBehaviours(`embedded, ${checkpoint}`, async () => ({ engine: { checkpoint } }));
