/**
 * A counting processor until it is killed. Parameters: `embedded` or the address of a Kafka broker, folder of the
 * broker, prefix, folder of the runner. Small batches, so that there are many moments to be killed at.
 */
import { createKafkaBroker, openEmbeddedBroker, startRunner } from "#stream";
import { countingDefinition, silent } from "./counting-processor.ts";

const [address = "", brokerFolder = "", prefix = "", dataFolder = ""] = process.argv.slice(2);
const broker =
  address === "embedded"
    ? await openEmbeddedBroker({ folder: brokerFolder })
    : createKafkaBroker({ brokers: [address] });
const runner = startRunner({
  broker,
  definition: countingDefinition({ prefix }),
  installation: prefix,
  dataFolder,
  logger: silent,
  limits: { batchRecords: 5 },
});
await runner.ready();
let told = 0;
setInterval(() => {
  const { transactions } = runner.metrics();
  if (transactions > told) process.stdout.write(`${transactions}\n`);
  told = transactions;
}, 1);
