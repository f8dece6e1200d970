/** The line to measure: the engine with the chain workflow, as a user would run it. */
import { fileURLToPath } from "node:url";
import { type Engine, startEngine } from "#engine";
import { compileWorkflow, createEngineTopics, openBrokerClient } from "#gateway";
import { type TopicNames, topicNames } from "#protocol";
import type { Line, LineOptions } from "./line.ts";

const WORKFLOW = fileURLToPath(new URL("../workflows/chain.ts", import.meta.url));
const OUTPUT_TOPIC = "chain-out";

/** Topics, one workflow, and an engine that runs it. */
export async function openBenchEngine(
  options: LineOptions,
  workflow: string,
  outputTopic: string,
): Promise<{ readonly engine: Engine; readonly topics: TopicNames }> {
  const { broker, installation, dataFolder, partitions } = options;
  await createEngineTopics(broker, { installation, partitions, replication: 1 });
  const plain = { partitions, replication: 1, cleanup: "delete", retentionMs: -1, maxMessageBytes: 1 << 20 } as const;
  await broker.topics.create([{ name: outputTopic, ...plain }]);
  const client = await openBrokerClient({ broker, installation });
  await client.deploy((await compileWorkflow(workflow)).program, { isDefault: true });
  await client.close();
  const engine = await startEngine({ broker, installation, dataFolder });
  await engine.runner.ready();
  return { engine, topics: topicNames(installation) };
}

export async function openEngineLine(options: LineOptions): Promise<Line> {
  const { broker, partitions } = options;
  const { engine, topics } = await openBenchEngine(options, WORKFLOW, OUTPUT_TOPIC);
  return {
    broker,
    inputTopic: topics.resume,
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
