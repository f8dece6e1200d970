/**
 * The engine's topics, in one table, and every name that is derived from the installation.
 *
 * `installation` (default empty) prefixes engine topics, consumer groups and transactional ids, never user topics.
 * Inputs never lose unread records: they are kept for ever, and the engine deletes what lies behind its position (I1).
 */

/** Who may write a topic. `anyone`: clients and, where a script declares it, scripts. */
export type TopicWriter = "anyone" | "engine" | "scheduler" | "deployer";

export interface EngineTopic {
  readonly cleanup: "delete" | "compact";
  /** Milliseconds; -1 keeps for ever. */
  readonly retentionMs: number;
  /** One partition where readers want all of it in one order; else the partition count of the installation. */
  readonly partitions: "one" | "installation";
  readonly writer: TopicWriter;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export const ENGINE_TOPICS = {
  "workflow-resume": { cleanup: "delete", retentionMs: -1, partitions: "installation", writer: "anyone" },
  "workflow-scheduler": { cleanup: "delete", retentionMs: -1, partitions: "installation", writer: "anyone" },
  "workflow-result": { cleanup: "delete", retentionMs: 7 * DAY_MS, partitions: "installation", writer: "engine" },
  "workflow-error": { cleanup: "delete", retentionMs: 7 * DAY_MS, partitions: "installation", writer: "engine" },
  "workflow-dead-letter": { cleanup: "delete", retentionMs: 30 * DAY_MS, partitions: "installation", writer: "engine" },
  "workflow-changelog": { cleanup: "compact", retentionMs: -1, partitions: "installation", writer: "engine" },
  "workflow-scheduler-changelog": {
    cleanup: "compact",
    retentionMs: -1,
    partitions: "installation",
    writer: "scheduler",
  },
  "workflow-programs": { cleanup: "compact", retentionMs: -1, partitions: "one", writer: "deployer" },
  "workflow-status": { cleanup: "compact", retentionMs: -1, partitions: "installation", writer: "engine" },
  "workflow-history": { cleanup: "delete", retentionMs: 7 * DAY_MS, partitions: "installation", writer: "engine" },
} as const satisfies Record<string, EngineTopic>;

export type EngineTopicName = keyof typeof ENGINE_TOPICS;

export const DEFAULT_PARTITIONS = 4;

/** The broker's default of `max.message.bytes`. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

function prefixed(installation: string, name: string): string {
  return installation === "" ? name : `${installation}-${name}`;
}

/** The topic's name in this installation. */
export function engineTopicName(installation: string, topic: EngineTopicName): string {
  return prefixed(installation, topic);
}

/** Every engine topic of an installation by its short name. */
export interface TopicNames {
  readonly resume: string;
  readonly scheduler: string;
  readonly result: string;
  readonly error: string;
  readonly deadLetter: string;
  readonly changelog: string;
  readonly schedulerChangelog: string;
  readonly programs: string;
  readonly status: string;
  readonly history: string;
}

export function topicNames(installation: string): TopicNames {
  return {
    resume: engineTopicName(installation, "workflow-resume"),
    scheduler: engineTopicName(installation, "workflow-scheduler"),
    result: engineTopicName(installation, "workflow-result"),
    error: engineTopicName(installation, "workflow-error"),
    deadLetter: engineTopicName(installation, "workflow-dead-letter"),
    changelog: engineTopicName(installation, "workflow-changelog"),
    schedulerChangelog: engineTopicName(installation, "workflow-scheduler-changelog"),
    programs: engineTopicName(installation, "workflow-programs"),
    status: engineTopicName(installation, "workflow-status"),
    history: engineTopicName(installation, "workflow-history"),
  };
}

/** What no script may write, in whichever installation: one of these names, or one with a prefix before it. */
export const RESERVED_TOPICS = [
  "workflow-changelog",
  "workflow-scheduler-changelog",
  "workflow-programs",
  "workflow-status",
  "workflow-history",
] as const satisfies readonly EngineTopicName[];

const RESERVED_ENDINGS = RESERVED_TOPICS.map((reserved) => `-${reserved}`);

/** True for topics that scripts may never write (I5): changelogs, programs, status, history, and Kafka's own `__*`. */
export function isReservedTopic(name: string): boolean {
  if (name.startsWith("__") || (RESERVED_TOPICS as readonly string[]).includes(name)) return true;
  for (const ending of RESERVED_ENDINGS) if (name.endsWith(ending)) return true;
  return false;
}

/** `workflow-<processor>` with the installation before it, so that nothing on a shared cluster has the same group. */
export function consumerGroupName(installation: string, processor: string): string {
  return prefixed(installation, `workflow-${processor}`);
}

/** One per processor and partition, with nothing of the process in it: a successor fences its predecessor by it (I1). */
export function transactionalIdName(installation: string, processor: string, partition: number): string {
  return prefixed(installation, `workflow-${processor}-${partition}`);
}

/** The engine topic that `name` is in this installation, if it is one. */
export function engineTopicOf(installation: string, name: string): EngineTopicName | undefined {
  const prefix = prefixed(installation, "");
  const base = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return Object.hasOwn(ENGINE_TOPICS, base) ? (base as EngineTopicName) : undefined;
}

export interface EngineTopicOptions {
  readonly installation?: string;
  /** Default 4. Fixed for the life of the installation. */
  readonly partitions?: number;
  /** Default -1: the broker's own default. */
  readonly replication?: number;
  /** Default that of the broker. */
  readonly maxMessageBytes?: number;
}

export interface EngineTopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly cleanup: "delete" | "compact";
  readonly retentionMs: number;
  readonly maxMessageBytes: number;
}

/**
 * What to create for an installation; fits `Topics.create` of the broker seam.
 *
 * @example await broker.topics.create(engineTopicSpecs({ installation: "shop" }))
 */
export function engineTopicSpecs(options: EngineTopicOptions = {}): EngineTopicSpec[] {
  const partitions = options.partitions ?? DEFAULT_PARTITIONS;
  return (Object.keys(ENGINE_TOPICS) as EngineTopicName[]).map((topic) => {
    const row: EngineTopic = ENGINE_TOPICS[topic];
    return {
      name: engineTopicName(options.installation ?? "", topic),
      partitions: row.partitions === "one" ? 1 : partitions,
      replication: options.replication ?? -1,
      cleanup: row.cleanup,
      retentionMs: row.retentionMs,
      maxMessageBytes: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
    };
  });
}
