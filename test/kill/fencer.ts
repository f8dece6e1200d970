/**
 * A zombie that got through: takes the transactional ids of an engine's partitions, which fences their owner, says so, and
 * waits to be killed. Arguments: the broker's address, the installation, how many partitions.
 */
import process from "node:process";
import { transactionalIdName } from "#protocol";
import { createKafkaBroker } from "#stream";

const [address = "", installation = "", partitions = "0"] = process.argv.slice(2);
const broker = createKafkaBroker({ brokers: [address] });
for (let partition = 0; partition < Number(partitions); partition++)
  await broker.openTransactionalProducer({
    transactionalId: transactionalIdName(installation, "engine", partition),
    transactionTimeoutMs: 10_000,
  });
process.stdout.write("fenced\n");
setInterval(() => {}, 1_000);
