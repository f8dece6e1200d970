/**
 * One member of a consumer group: joins, assigns when it is the leader, heartbeats, rejoins for ever.
 *
 * It drives the classic group protocol by itself instead of keeping a paused kafkajs consumer: that one forgets
 * positions (defect 13), polls while paused (defect 10) and hides its generation. Nothing is read here, so nothing can
 * be reset; and a member goes on working with its partitions while the group rebalances, since every partition is
 * fenced by its transactional id (I1), not by the group.
 *
 * Coming back (defect 16): the member id is kept in the data folder, and the next process leaves for it.
 */

import { setTimeout as pause } from "node:timers/promises";
import assignerProtocol from "kafkajs/src/consumer/assignerProtocol.js";
import { BrokerError, type GroupMembership, type GroupOptions } from "../../broker.ts";
import { type Cluster, isPassing } from "../cluster.ts";
import type { NodeConnection } from "../connection.ts";
import { Code, Refusal, refuse, toBrokerError } from "../refusal.ts";
import { assign, type Claim, decodeClaim, encodeClaim, PROTOCOL_NAME } from "./assignor.ts";
import { MemberFile } from "./member-file.ts";

const { MemberMetadata, MemberAssignment } = assignerProtocol;

const PROTOCOL_TYPE = "consumer";
const PROTOCOL_VERSION = 1;
const HEARTBEATS_PER_SESSION = 5;
/** A member hears of a rebalance with its next heartbeat, and everybody waits for the last one to hear. */
const HEARTBEAT_MAX_MS = 500;
const BACKOFF_FIRST_MS = 50;
const BACKOFF_LAST_MS = 1000;
const ADVISORY_PATIENCE_MS = 5000;
const LEAVE_PATIENCE_MS = 2000;

interface JoinAnswer {
  readonly errorCode: number;
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { memberId: string; memberMetadata: Buffer }[];
}

/** What the tests for the takeover turn off. */
export interface GroupTuning {
  readonly leaveForPredecessor: boolean;
}

type State =
  | { readonly kind: "joining" }
  | { readonly kind: "member"; readonly generation: number }
  | { readonly kind: "left" };

export class KafkaGroupMembership implements GroupMembership {
  readonly #cluster: Cluster;
  readonly #options: GroupOptions;
  readonly #file: MemberFile;
  readonly #stop = new AbortController();
  readonly #leaveFor: string;
  #memberId = "";
  #claim: Claim;
  #state: State = { kind: "joining" };
  /** Whether the listener believes that it owns something. */
  #told = false;
  /** Why it may not join, as told last. */
  #refusal: string | undefined;
  /** When the coordinator last confirmed the session. */
  #lastAnswerMs = 0;
  #connection: NodeConnection | undefined;
  #rejoin: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();

  private constructor(cluster: Cluster, options: GroupOptions, tuning: GroupTuning) {
    this.#cluster = cluster;
    this.#options = options;
    this.#file = MemberFile.open(options.dataFolder, options.groupId);
    const { memberId, claim } = this.#file.read();
    this.#leaveFor = tuning.leaveForPredecessor ? memberId : "";
    this.#claim = claim;
    if (!this.#file.locked) {
      cluster.settings.log.warn(`another process uses ${options.dataFolder}: a crash will cost a session timeout`);
    }
  }

  /** Begins to join; the listener hears of the first assignment behind this call's return. */
  static start(
    cluster: Cluster,
    options: GroupOptions,
    tuning: GroupTuning = { leaveForPredecessor: true },
  ): KafkaGroupMembership {
    const membership = new KafkaGroupMembership(cluster, options, tuning);
    membership.#running = membership.#run();
    return membership;
  }

  async heartbeat(): Promise<boolean> {
    const state = this.#state;
    if (state.kind !== "member") return false;
    try {
      await this.#beat(state.generation);
      return this.#state === state;
    } catch (error) {
      if (!(error instanceof Refusal)) throw toBrokerError(error, `heartbeat in ${this.#options.groupId}`);
      this.#rejoin?.();
      return false;
    }
  }

  async commitAdvisory(offsets: ReadonlyMap<number, number>): Promise<void> {
    const state = this.#state;
    if (state.kind !== "member" || offsets.size === 0) return;
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
    const [topic] = this.#options.topics;
    const { groupId } = this.#options;
    try {
      const answer = await this.#atCoordinator<{ responses: { partitions: { errorCode: number }[] }[] }>(
        "OffsetCommit",
        {
          groupId,
          memberId: this.#memberId,
          groupGenerationId: state.generation,
          topics: [{ topic, partitions }],
        },
      );
      for (const { errorCode } of answer.responses.flatMap((response) => response.partitions)) {
        // Out of the group in the meantime: the next owner tells its own position.
        const routine = [Code.unknownMember, Code.illegalGeneration, Code.rebalanceInProgress] as number[];
        if (!routine.includes(errorCode)) refuse("OffsetCommit", errorCode, topic);
      }
    } catch (error) {
      throw toBrokerError(error, `committing advisory offsets of ${groupId}`);
    }
  }

  async readAdvisory(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const [topic] = this.#options.topics;
    const { groupId } = this.#options;
    const found = new Map<number, number>();
    if (partitions.length === 0) return found;
    try {
      const answer = await this.#atCoordinator<{
        errorCode: number;
        responses: { partitions: { partition: number; offset: string; errorCode: number }[] }[];
      }>("OffsetFetch", { groupId, topics: [{ topic, partitions: partitions.map((partition) => ({ partition })) }] });
      refuse("OffsetFetch", answer.errorCode ?? 0);
      for (const { partition, offset, errorCode } of answer.responses.flatMap((response) => response.partitions)) {
        refuse("OffsetFetch", errorCode, topic);
        if (Number(offset) >= 0) found.set(partition, Number(offset));
      }
      return found;
    } catch (error) {
      throw toBrokerError(error, `reading advisory offsets of ${groupId}`);
    }
  }

  async leave(): Promise<void> {
    if (this.#state.kind === "left") return;
    const wasMember = this.#memberId !== "";
    this.#state = { kind: "left" };
    this.#stop.abort();
    this.#connection?.close();
    await this.#running;
    if (wasMember) await this.#leaveAs(this.#memberId);
    this.#file.write({ memberId: "", claim: this.#claim });
    this.#file.close();
  }

  get #left(): boolean {
    return this.#state.kind === "left";
  }

  async #run(): Promise<void> {
    // The caller gets hold of the membership before its listener is called.
    await Promise.resolve();
    if (this.#leaveFor !== "") await this.#leaveAs(this.#leaveFor);
    let failures = 0;
    while (!this.#left) {
      try {
        const generation = await this.#join();
        failures = 0;
        await this.#stay(generation);
      } catch (error) {
        if (this.#left || this.#cluster.closed) return;
        // Others came or left while this member was joining: once more, and nothing is lost by it.
        if (error instanceof Refusal && error.code === Code.rebalanceInProgress) continue;
        failures += 1;
        this.#connection?.close();
        this.#noteLoss(error);
        const delayMs = Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 10), BACKOFF_LAST_MS);
        await pause(delayMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      }
    }
  }

  /** What is lost by this failure: perhaps the member id; ownership, unless the session may outlive it. */
  #noteLoss(error: unknown): void {
    const { log } = this.#cluster.settings;
    const { groupId, listener, sessionTimeoutMs } = this.#options;
    if (this.#state.kind === "member") this.#state = { kind: "joining" };
    if (error instanceof Refusal && error.code === Code.unknownMember) this.#memberId = "";
    if (isPassing(error)) {
      if (Date.now() - this.#lastAnswerMs < sessionTimeoutMs) return;
    } else this.#noteRefusal(error);
    if (!this.#told) return;
    this.#told = false;
    log.warn(`member of ${groupId} lost its session: it rejoins`);
    listener.onLost();
  }

  /** Told once for each reason: tries go on once a second. */
  #noteRefusal(error: unknown): void {
    const { groupId, listener } = this.#options;
    const refusal = toBrokerError(error, `joining ${groupId}`);
    if (refusal.message === this.#refusal) return;
    this.#refusal = refusal.message;
    this.#cluster.settings.log.warn(`member of ${groupId} cannot join: ${refusal.message}`);
    if (refusal.code === "Refused") listener.onRefused?.(refusal);
  }

  async #join(): Promise<number> {
    const { groupId, topics, sessionTimeoutMs, rebalanceTimeoutMs, listener } = this.#options;
    const connection = await this.#connect();
    let joined: JoinAnswer;
    for (;;) {
      const metadata = MemberMetadata.encode({ version: PROTOCOL_VERSION, topics, userData: encodeClaim(this.#claim) });
      joined = await connection.send<JoinAnswer>("JoinGroup", {
        groupId,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: rebalanceTimeoutMs,
        memberId: this.#memberId,
        protocolType: PROTOCOL_TYPE,
        groupProtocols: [{ name: PROTOCOL_NAME, metadata }],
      });
      if (joined.errorCode !== Code.memberIdRequired) break;
      // Kept before it counts: a crash while the group waits for others must not leave an unknown member behind.
      this.#keep(joined.memberId);
    }
    refuse("JoinGroup", joined.errorCode);
    this.#keep(joined.memberId);
    const isLeader = joined.leaderId === joined.memberId;
    const synced = await connection.send<{ errorCode: number; memberAssignment: Buffer }>("SyncGroup", {
      groupId,
      generationId: joined.generationId,
      memberId: this.#memberId,
      groupAssignment: isLeader ? await this.#assignAll(joined.members) : [],
    });
    refuse("SyncGroup", synced.errorCode);
    if (this.#left) throw new BrokerError("Closed", "the member left");
    const assignment = MemberAssignment.decode(synced.memberAssignment)?.assignment ?? {};
    const partitions = [...new Set(Object.values(assignment).flat())].sort((left, right) => left - right);
    this.#claim = { partitions, generation: joined.generationId };
    this.#keep(this.#memberId);
    this.#state = { kind: "member", generation: joined.generationId };
    this.#told = true;
    this.#refusal = undefined;
    this.#lastAnswerMs = Date.now();
    listener.onAssignment(partitions);
    return joined.generationId;
  }

  async #assignAll(members: JoinAnswer["members"]): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
    const { topics } = this.#options;
    const metadata = await this.#cluster.metadata(topics);
    const counts = topics.map((topic) => metadata.get(topic)?.leaders.length ?? 0);
    if (new Set(counts).size > 1 || counts.includes(0)) {
      const told = topics.map((topic, index) => `${topic}: ${counts[index]}`).join(", ");
      throw new BrokerError(
        "UnknownTopic",
        `the input topics must exist with the same number of partitions each (${told})`,
      );
    }
    const claims = new Map(
      members.map(({ memberId, memberMetadata }) => [
        memberId,
        decodeClaim(MemberMetadata.decode(memberMetadata).userData),
      ]),
    );
    return [...assign(claims, counts[0] ?? 0)].map(([memberId, partitions]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({
        version: PROTOCOL_VERSION,
        assignment: Object.fromEntries(topics.map((topic) => [topic, partitions])),
      }),
    }));
  }

  /** Heartbeats until the group rebalances (returns) or the session is lost (throws). */
  async #stay(generation: number): Promise<void> {
    const { sessionTimeoutMs } = this.#options;
    const intervalMs = Math.min(sessionTimeoutMs / HEARTBEATS_PER_SESSION, HEARTBEAT_MAX_MS);
    const told = new AbortController();
    this.#rejoin = () => told.abort();
    const signal = AbortSignal.any([told.signal, this.#stop.signal]);
    while (!this.#left) {
      await pause(intervalMs, undefined, { signal }).catch(() => {});
      if (this.#left) return;
      try {
        await this.#beat(generation);
        // A caller's heartbeat was refused and this one was not: who is right shows when the member joins again.
        if (told.signal.aborted) {
          this.#state = { kind: "joining" };
          return;
        }
      } catch (error) {
        if (error instanceof Refusal && error.code === Code.rebalanceInProgress) {
          this.#state = { kind: "joining" };
          return;
        }
        const mayMend = isPassing(error) && Date.now() - this.#lastAnswerMs < sessionTimeoutMs;
        if (!mayMend) throw error;
      }
    }
  }

  async #beat(generation: number): Promise<void> {
    const connection = await this.#connect();
    const answer = await connection.send<{ errorCode: number }>("Heartbeat", {
      groupId: this.#options.groupId,
      groupGenerationId: generation,
      memberId: this.#memberId,
    });
    try {
      refuse("Heartbeat", answer.errorCode);
      this.#lastAnswerMs = Date.now();
    } catch (error) {
      if (error instanceof Refusal && error.staleCoordinator) connection.close();
      throw error;
    }
  }

  /** The connection to the coordinator that joins and heartbeats of this member go over. */
  async #connect(): Promise<NodeConnection> {
    if (this.#connection?.usable) return this.#connection;
    const address = await this.#cluster.coordinator("group", this.#options.groupId);
    const connection = await this.#cluster.connect(address, Math.max(1000, this.#options.sessionTimeoutMs / 2));
    if (this.#left) {
      connection.close();
      throw new BrokerError("Closed", "the member left");
    }
    this.#connection = connection;
    return connection;
  }

  /** Over the shared connection: a join in flight must not hold it up. */
  async #atCoordinator<T>(api: string, args: object): Promise<T> {
    return await this.#cluster.retry(Date.now() + ADVISORY_PATIENCE_MS, async () => {
      const connection = await this.#cluster.shared(await this.#cluster.coordinator("group", this.#options.groupId));
      return await connection.send<T>(api, args);
    });
  }

  async #leaveAs(memberId: string): Promise<void> {
    const { groupId } = this.#options;
    try {
      await this.#cluster.retry(Date.now() + LEAVE_PATIENCE_MS, async () => {
        const connection = await this.#cluster.shared(await this.#cluster.coordinator("group", groupId));
        const answer = await connection.send<{ errorCode: number }>("LeaveGroup", { groupId, memberId });
        if (answer.errorCode !== Code.unknownMember) refuse("LeaveGroup", answer.errorCode);
      });
    } catch (error) {
      this.#cluster.settings.log.debug(`could not leave ${groupId} for ${memberId}`, { error });
    }
  }

  #keep(memberId: string): void {
    this.#memberId = memberId;
    this.#file.write({ memberId, claim: this.#claim });
  }
}
