/**
 * What a broker answers instead of doing what was asked, and which of the seam's errors that becomes.
 * kafkajs's own table ends before PRODUCER_FENCED, so the codes that matter here are listed here.
 */
import { BrokerError } from "../broker.ts";

/** Kafka's error codes that some rule of this adapter names. */
export const Code = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  requestTimedOut: 7,
  messageTooLarge: 10,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  invalidTopic: 17,
  recordListTooLarge: 18,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicNotAuthorized: 29,
  groupNotAuthorized: 30,
  clusterNotAuthorized: 31,
  invalidTimestamp: 32,
  unsupportedVersion: 35,
  topicExists: 36,
  policyViolation: 44,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidTransactionState: 48,
  invalidProducerIdMapping: 49,
  concurrentTransactions: 51,
  transactionalIdNotAuthorized: 53,
  storageError: 56,
  unknownProducerId: 59,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  memberIdRequired: 79,
  invalidRecord: 87,
  producerFenced: 90,
} as const;

const NAMES = new Map<number, string>(Object.entries(Code).map(([name, code]) => [code, name]));

const FENCED: ReadonlySet<number> = new Set([
  Code.invalidProducerEpoch,
  Code.producerFenced,
  Code.invalidProducerIdMapping,
  // The coordinator has aborted a transaction that ran past its timeout.
  Code.invalidTransactionState,
]);

const REJECTED: ReadonlySet<number> = new Set([
  Code.messageTooLarge,
  Code.invalidTopic,
  Code.recordListTooLarge,
  Code.topicNotAuthorized,
  Code.invalidTimestamp,
  Code.policyViolation,
  Code.invalidRecord,
]);

const NOT_PERMITTED: ReadonlySet<number> = new Set([
  Code.topicNotAuthorized,
  Code.groupNotAuthorized,
  Code.clusterNotAuthorized,
  Code.transactionalIdNotAuthorized,
]);

/** The operation of Kafka's access control that a request needs, as an operator would grant it. */
const NEEDS: Readonly<Record<string, string>> = {
  AddPartitionsToTxn: "Write on the topic",
  CreateTopics: "Create on the topic or the cluster",
  DeleteRecords: "Delete on the topic",
  DescribeConfigs: "DescribeConfigs on the topic",
  Fetch: "Read on the topic",
  InitProducerId: "Write on any topic",
  ListOffsets: "Describe on the topic",
  Metadata: "Describe on the topic",
  OffsetCommit: "Read on the group and the topic",
  OffsetFetch: "Describe on the group and the topic",
  Produce: "Write on the topic",
};

const NEEDS_BY_CODE: ReadonlyMap<number, string> = new Map([
  [Code.groupNotAuthorized, "Read on the group"],
  [Code.transactionalIdNotAuthorized, "Write on the transactional id"],
]);

const STALE_LEADER: ReadonlySet<number> = new Set([
  Code.unknownTopicOrPartition,
  Code.leaderNotAvailable,
  Code.notLeader,
  Code.storageError,
  Code.fencedLeaderEpoch,
  Code.unknownLeaderEpoch,
]);

const STALE_COORDINATOR: ReadonlySet<number> = new Set([
  Code.coordinatorLoading,
  Code.coordinatorNotAvailable,
  Code.notCoordinator,
]);

/** A broker's answer with an error code. */
export class Refusal extends Error {
  readonly api: string;
  readonly code: number;
  readonly topic: string | undefined;

  constructor(api: string, code: number, topic?: string) {
    super(`${api} was refused: ${NAMES.get(code) ?? "error"} (${code})${topic === undefined ? "" : ` for ${topic}`}`);
    this.name = "Refusal";
    this.api = api;
    this.code = code;
    this.topic = topic;
  }

  get staleLeader(): boolean {
    return STALE_LEADER.has(this.code);
  }

  get staleCoordinator(): boolean {
    return STALE_COORDINATOR.has(this.code);
  }

  get rejectsRecord(): boolean {
    if (this.code !== Code.topicNotAuthorized) return REJECTED.has(this.code);
    return this.api === "Produce" || this.api === "AddPartitionsToTxn";
  }

  get notPermitted(): boolean {
    return NOT_PERMITTED.has(this.code);
  }
}

/** A wrong password, a certificate, a missing permission: the message says which. */
export class Refused extends BrokerError {
  constructor(message: string, options: { readonly cause?: unknown; readonly topic?: string } = {}) {
    super("Refused", message, options);
  }
}

/** Not available, and trying again cannot mend it: a codec or a format that cannot be read here. */
export class Unmendable extends BrokerError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("Unavailable", message, options);
  }
}

/** @throws Refusal when `code` is not zero. */
export function refuse(api: string, code: number, topic?: string): void {
  if (code !== Code.none) throw new Refusal(api, code, topic);
}

/** Every error as one of the seam's; what is not known to be final is `Unavailable`. */
export function toBrokerError(error: unknown, doing: string): BrokerError {
  if (error instanceof BrokerError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal) {
    if (FENCED.has(error.code)) {
      return new BrokerError("Fenced", `${doing}: another owner took over, or the transaction timed out (${reason})`, {
        cause: error,
      });
    }
    if (error.rejectsRecord) {
      const topic = error.topic === undefined ? {} : { topic: error.topic };
      return new BrokerError("RecordRejected", `${doing}: ${reason}`, { cause: error, ...topic });
    }
    if (error.notPermitted) return notPermitted(error, doing);
  }
  return new BrokerError("Unavailable", `${doing}: ${reason}`, { cause: error });
}

function notPermitted(refusal: Refusal, doing: string): Refused {
  const needed = NEEDS_BY_CODE.get(refusal.code) ?? NEEDS[refusal.api] ?? refusal.api;
  const where = refusal.topic === undefined ? "" : ` ${refusal.topic}`;
  const message = `no permission for ${doing}: Kafka asks for ${needed}${where} (${refusal.api} was refused, ${refusal.code})`;
  return new Refused(message, { cause: refusal, ...(refusal.topic === undefined ? {} : { topic: refusal.topic }) });
}
