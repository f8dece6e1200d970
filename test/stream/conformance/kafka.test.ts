import { createKafkaBroker } from "#stream";
import { kafkaMissing, sharedKafka } from "../../kafka/harness/index.ts";
import { conformance } from "./suite.ts";

conformance("kafka", kafkaMissing(), async () => {
  const kafka = await sharedKafka();
  const broker = createKafkaBroker({ brokers: kafka.brokers });
  return {
    broker,
    prefix: `${kafka.installation}-`,
    async close() {
      await broker.close();
      await kafka.release();
    },
  };
});
