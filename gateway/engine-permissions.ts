/**
 * Every permission of Kafka that an engine and its scheduler need, in one table: what is checked at the start, printed by
 * `kawait acls` and documented in docs/OPERATIONS.md is this. Describe comes with Read, Write and Delete.
 */
import { consumerGroupName, type EngineTopicName, engineTopicName } from "#protocol";
import type { PermissionNeed } from "#stream";

export type EnginePart = "engine" | "scheduler";

type Operations = PermissionNeed["operations"];

const READER = ["Read", "DescribeConfigs"] as const;
const WRITER = ["Write", "DescribeConfigs"] as const;
const STATE = ["Read", "Write", "DescribeConfigs"] as const;
/** Input behind the position is deleted; a record in a wrong partition is written into the right one. */
const INPUT = ["Read", "Write", "Delete", "DescribeConfigs"] as const;

const TOPICS: Readonly<Record<EnginePart, Partial<Record<EngineTopicName, Operations>>>> = {
  engine: {
    "workflow-resume": INPUT,
    "workflow-scheduler": WRITER,
    "workflow-result": WRITER,
    "workflow-error": WRITER,
    "workflow-dead-letter": WRITER,
    "workflow-changelog": STATE,
    "workflow-programs": READER,
    "workflow-status": WRITER,
    "workflow-history": WRITER,
  },
  scheduler: {
    "workflow-scheduler": INPUT,
    "workflow-resume": WRITER,
    "workflow-dead-letter": WRITER,
    "workflow-scheduler-changelog": STATE,
  },
};

/** What can be asked of the cluster before the first record: topics and groups. */
export function enginePermissions(installation: string, parts: readonly EnginePart[]): readonly PermissionNeed[] {
  const topics = new Map<string, Set<Operations[number]>>();
  for (const part of parts) {
    for (const [topic, operations] of Object.entries(TOPICS[part])) {
      const name = engineTopicName(installation, topic as EngineTopicName);
      const needed = topics.get(name) ?? new Set();
      for (const operation of operations) needed.add(operation);
      topics.set(name, needed);
    }
  }
  return [
    ...[...topics].map(([name, operations]) => ({ kind: "topic" as const, name, operations: [...operations] })),
    ...parts.map((part) => ({
      kind: "group" as const,
      name: consumerGroupName(installation, part),
      operations: ["Read"] as const,
    })),
  ];
}

/** One line for Kafka's own access control. */
export interface AclRule {
  readonly resource: "topic" | "group" | "transactional-id";
  readonly name: string;
  readonly pattern: "literal" | "prefixed";
  readonly operation: string;
}

/**
 * The rules that let an engine do all it does on its own topics, and nothing else.
 * @param create also to make its topics at the first start
 */
export function engineAcls(
  installation: string,
  parts: readonly EnginePart[],
  options: { readonly create: boolean },
): readonly AclRule[] {
  const needs = enginePermissions(installation, parts);
  return [
    ...needs.flatMap(({ kind, name, operations }) =>
      operations.map((operation) => ({ resource: kind, name, pattern: "literal" as const, operation })),
    ),
    ...parts.map((part) => ({
      resource: "transactional-id" as const,
      name: `${consumerGroupName(installation, part)}-`,
      pattern: "prefixed" as const,
      operation: "Write",
    })),
    ...(options.create
      ? needs
          .filter(({ kind }) => kind === "topic")
          .map(({ name }) => ({ resource: "topic" as const, name, pattern: "literal" as const, operation: "Create" }))
      : []),
  ];
}
