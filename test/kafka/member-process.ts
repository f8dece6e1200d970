/** A group member in a process of its own, to be killed: `brokers topic groupId dataFolder sessionTimeoutMs`. */
import { createKafkaBroker } from "../../stream/kafka/index.ts";

const [brokers = "", topic = "", groupId = "", dataFolder = "", sessionTimeoutMs = ""] = process.argv.slice(2);
const broker = createKafkaBroker({ brokers: brokers.split(",") });
await broker.joinGroup({
  groupId,
  topics: [topic],
  dataFolder,
  sessionTimeoutMs: Number(sessionTimeoutMs),
  rebalanceTimeoutMs: 10_000,
  listener: {
    onAssignment: (partitions) => process.stdout.write(`assigned ${partitions.join(",")}\n`),
    onLost: () => process.stdout.write("lost\n"),
  },
});
