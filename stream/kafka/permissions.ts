/**
 * What this client may do, as the cluster itself says it (KIP-430): so that a missing permission is named before the
 * first record fails for it. Transactional ids cannot be asked for; opening one tells.
 */
import type { Cluster } from "./cluster.ts";
import type { OwnRequest } from "./connection.ts";
import { Code, Refusal, refuse, toBrokerError } from "./refusal.ts";
import type { Reader } from "./wire/reader.ts";
import { Writer } from "./wire/writer.ts";

/** Kafka's codes of the operations that are asked for here. */
const OPERATIONS = { Read: 3, Write: 4, Create: 5, Delete: 6, Describe: 8, DescribeConfigs: 10 } as const;

export type Operation = keyof typeof OPERATIONS;

/** Operations that are needed on a topic or a consumer group. */
export interface PermissionNeed {
  readonly kind: "topic" | "group";
  readonly name: string;
  readonly operations: readonly Operation[];
}

/** One permission that is not there. */
export interface MissingPermission {
  readonly kind: "topic" | "group";
  readonly name: string;
  readonly operation: Operation;
}

const PATIENCE_MS = 15_000;
const ALL = -1;

/**
 * @returns what of `needs` is not granted. A topic that may not be seen lacks all of its operations; one that does not
 * exist lacks nothing.
 */
export async function missingPermissions(
  cluster: Cluster,
  needs: readonly PermissionNeed[],
): Promise<readonly MissingPermission[]> {
  const deadline = Date.now() + PATIENCE_MS;
  try {
    const names = needs.filter(({ kind }) => kind === "topic").map(({ name }) => name);
    const topics = await cluster.retry(deadline, async () => {
      const connection = await cluster.shared(await cluster.anyNode());
      return await connection.request(topicOperationsRequest(names));
    });
    const missing: MissingPermission[] = [];
    for (const { kind, name, operations } of needs) {
      const granted =
        kind === "topic"
          ? (topics.get(name) ?? ALL)
          : await cluster.retry(deadline, () => groupOperations(cluster, name));
      for (const operation of operations) {
        if ((granted & (1 << OPERATIONS[operation])) === 0) missing.push({ kind, name, operation });
      }
    }
    return missing;
  } catch (error) {
    throw toBrokerError(error, "asking for permissions");
  }
}

async function groupOperations(cluster: Cluster, groupId: string): Promise<number> {
  try {
    const connection = await cluster.shared(await cluster.coordinator("group", groupId));
    return await connection.request(groupOperationsRequest(groupId));
  } catch (error) {
    if (error instanceof Refusal && error.code === Code.groupNotAuthorized) return 0;
    throw error;
  }
}

/** Granted operations by topic, as bits. */
function topicOperationsRequest(topics: readonly string[]): OwnRequest<Map<string, number>> {
  return {
    api: "Metadata",
    version: 8,
    throttle: "first",
    encode() {
      const writer = new Writer().int32(topics.length);
      for (const topic of topics) writer.string(topic);
      // No topic is made by asking; operations on the cluster: no, on the topics: yes.
      return writer.int8(0).int8(0).int8(1);
    },
    decode(reader) {
      reader.int32();
      each(reader, () => {
        reader.int32();
        reader.string();
        reader.int32();
        reader.string();
      });
      reader.string();
      reader.int32();
      const granted = new Map<string, number>();
      each(reader, () => {
        const code = reader.int16();
        const name = reader.string() ?? "";
        reader.int8();
        each(reader, () => {
          reader.skip(2 + 4 + 4 + 4);
          for (let list = 0; list < 3; list += 1) each(reader, () => reader.int32());
        });
        const bits = reader.int32();
        if (code !== Code.unknownTopicOrPartition) granted.set(name, code === Code.none ? bits : 0);
      });
      return granted;
    },
  };
}

function groupOperationsRequest(groupId: string): OwnRequest<number> {
  return {
    api: "DescribeGroups",
    version: 3,
    throttle: "first",
    encode: () => new Writer().int32(1).string(groupId).int8(1),
    decode(reader) {
      reader.int32();
      let granted = 0;
      each(reader, () => {
        const code = reader.int16();
        for (let text = 0; text < 4; text += 1) reader.string();
        each(reader, () => {
          for (let text = 0; text < 3; text += 1) reader.string();
          for (let bytes = 0; bytes < 2; bytes += 1) reader.skip(Math.max(0, reader.int32()));
        });
        granted = reader.int32();
        refuse("DescribeGroups", code);
      });
      return granted;
    },
  };
}

function each(reader: Reader, read: () => void): void {
  for (let count = reader.int32(); count > 0; count -= 1) read();
}
