/** `kafka`: the chains of `steps` on a real Kafka, exactly once. */
import { kafkaAvailable } from "../test/kafka/harness/index.ts";
import { withKafkaPair } from "./line/pair.ts";
import { throughputTables } from "./steps.ts";
import type { Table } from "./table.ts";

const THREADS = 1_000;
const PRELOADED_THREADS = 2_000;

export async function benchKafka(): Promise<readonly Table[]> {
  if (!kafkaAvailable()) return [];
  return withKafkaPair((pair) => throughputTables(pair, "Kafka", THREADS, PRELOADED_THREADS));
}
