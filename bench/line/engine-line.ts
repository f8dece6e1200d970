/** The line to measure: the engine with the chain workflow, as a user would run it. */
import { fileURLToPath } from "node:url";
import { startEngine } from "#engine";
import { compileWorkflow, createEngineTopics, openBrokerClient } from "#gateway";
import { topicNames } from "#protocol";
import type { Line, LineOptions } from "./line.ts";

const WORKFLOW = fileURLToPath(new URL("../workflows/chain.ts", import.meta.url));
const OUTPUT_TOPIC = "chain-out";

export async function openEngineLine(options: LineOptions): Promise<Line> {
  const { broker, installation, dataFolder, partitions } = options;
  await createEngineTopics(broker, { installation, partitions, replication: 1 });
  await broker.topics.create([
    {
      name: OUTPUT_TOPIC,
      partitions,
      replication: 1,
      cleanup: "delete",
      retentionMs: -1,
      maxMessageBytes: 1024 * 1024,
    },
  ]);
  const client = await openBrokerClient({ broker, installation });
  await client.deploy((await compileWorkflow(WORKFLOW)).program, { isDefault: true });
  await client.close();
  const engine = await startEngine({ broker, installation, dataFolder });
  await engine.runner.ready();
  return {
    broker,
    inputTopic: topicNames(installation).resume,
    outputTopic: OUTPUT_TOPIC,
    partitions,
    inputOf: (link, length) => (link === 0 ? `new:${length}` : JSON.stringify({ ref: `link-${link}`, value: link })),
    checkedCount() {
      const { steps, ...others } = engine.counters;
      if (Object.values(others).some((count) => count > 0))
        throw new Error(`not every record was a step: ${JSON.stringify(others)}`);
      return steps;
    },
    stop: () => engine.stop(),
  };
}
