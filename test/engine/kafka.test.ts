/** The example workflows on a real Kafka: live, and with restore in a new context at every step. */
import { kafkaMissing, sharedKafka } from "../kafka/harness/index.ts";
import { defineBehaviours } from "./behaviours.ts";

if (kafkaMissing() === false)
  for (const checkpoint of ["live", "drop"] as const)
    defineBehaviours(`kafka, ${checkpoint}`, async () => ({ kafka: await sharedKafka(), engine: { checkpoint } }));
