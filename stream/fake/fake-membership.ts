/** One member of a group of the model, as `stream/kafka/group/membership.ts` is one of a real group. */
import type { GroupMembership, GroupOptions } from "../broker.ts";
import { type Claim, NO_CLAIM } from "../kafka/group/assignor.ts";
import type { FakeClient } from "./fake-client.ts";
import type { Joined } from "./groups.ts";
import { Refused, toBrokerError } from "./refused.ts";

const ADVISORY_PATIENCE_MS = 5_000;
const LEAVE_PATIENCE_MS = 2_000;
const BACKOFF_FIRST_MS = 50;
const BACKOFF_MOST_MS = 5_000;
const SHORT_SESSION_MS = 5_000;

/** What `member-file.ts` keeps on disk. */
export interface MemberNote {
  memberId: string;
  claim: Claim;
}

export function newMemberNote(): MemberNote {
  return { memberId: "", claim: NO_CLAIM };
}

type State = { readonly kind: "joining" } | { readonly kind: "member"; readonly generation: number } | { kind: "left" };

export class FakeMembership implements GroupMembership {
  readonly #client: FakeClient;
  readonly #options: GroupOptions;
  readonly #note: MemberNote;
  readonly #partitions: number;
  #state: State = { kind: "joining" };
  #memberId = "";
  #isTold = false;
  #wake: () => void = () => {};
  /** Defect 15. */
  #isGone = false;

  constructor(client: FakeClient, options: GroupOptions, note: MemberNote) {
    this.#client = client;
    this.#options = options;
    this.#note = note;
    this.#partitions = client.cluster.topics.get(options.topics[0]!)?.logs.length ?? 0;
  }

  start(): void {
    void this.#run();
  }

  /** Defect 15: somebody else has the partition, says a client that was fenced. */
  noteFenced(): void {
    if (this.#client.defects.fencedIsGone) this.#isGone = true;
  }

  async heartbeat(): Promise<boolean> {
    const state = this.#state;
    if (state.kind !== "member" || this.#isGone) return false;
    const { groups } = this.#client.cluster;
    try {
      await this.#client.request(() => groups.heartbeat(this.#options.groupId, this.#memberId, state.generation));
      return this.#state === state;
    } catch (error) {
      if (error instanceof Refused && error.code === "disconnected") throw toBrokerError(error, "heartbeat");
      this.#rejoin(state);
      return false;
    }
  }

  async commitAdvisory(offsets: ReadonlyMap<number, number>): Promise<void> {
    if (this.#state.kind !== "member") return;
    await this.#atCoordinator(() => this.#client.cluster.groups.commitAdvisory(this.#options.groupId, offsets));
  }

  async readAdvisory(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return await this.#atCoordinator(() => this.#client.cluster.groups.readAdvisory(this.#options.groupId, partitions));
  }

  async leave(): Promise<void> {
    if (this.#state.kind === "left") return;
    this.#state = { kind: "left" };
    this.#wake();
    if (this.#memberId !== "") await this.#leaveAs(this.#memberId);
    this.#note.memberId = "";
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    if (this.#note.memberId !== "") await this.#leaveAs(this.#note.memberId);
    let failures = 0;
    while (this.#state.kind !== "left") {
      try {
        const joined = await this.#join();
        if (this.#state.kind !== "joining") return;
        failures = 0;
        this.#state = { kind: "member", generation: joined.generation };
        this.#note.claim = { partitions: joined.partitions, generation: joined.generation };
        this.#isTold = true;
        if (this.#client.defects.positionsForgotten) for (const reader of this.#client.readers) reader.forgetPosition();
        this.#options.listener.onAssignment(joined.partitions);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        failures++;
        if (error.code === "unknownMember") this.#memberId = "";
        if (this.#isTold && error.code !== "disconnected") {
          this.#isTold = false;
          this.#options.listener.onLost();
        }
        await this.#client.process.pause(Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 7), BACKOFF_MOST_MS));
      }
    }
  }

  async #join(): Promise<Joined> {
    const { cluster, process, defects } = this.#client;
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options;
    for (;;) {
      const memberId = this.#memberId;
      const joined = await cluster.network.request<Joined>(process, (answer) => {
        cluster.groups.join(
          {
            groupId,
            memberId,
            partitions: this.#partitions,
            process,
            sessionMs: defects.sessionTooShort ? SHORT_SESSION_MS : sessionTimeoutMs,
            rebalanceMs: rebalanceTimeoutMs,
            claim: this.#note.claim,
            onRebalance: () => this.#rejoin(this.#state),
            generation: () => (this.#state.kind === "member" ? this.#state.generation : undefined),
          },
          answer,
        );
      });
      this.#memberId = joined.memberId;
      this.#note.memberId = joined.memberId;
      if (joined.generation >= 0) return joined;
    }
  }

  /** Between two assignments: ownership is not known, and what runs goes on. */
  #rejoin(seen: State): void {
    if (this.#state !== seen || seen.kind !== "member") return;
    this.#state = { kind: "joining" };
    this.#wake();
  }

  async #leaveAs(memberId: string): Promise<void> {
    const { process, cluster } = this.#client;
    try {
      await this.#client.retry(process.clock.now() + LEAVE_PATIENCE_MS, () =>
        this.#client.request(() => cluster.groups.leave(this.#options.groupId, memberId)),
      );
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  async #atCoordinator<T>(action: () => T): Promise<T> {
    const deadlineMs = this.#client.process.clock.now() + ADVISORY_PATIENCE_MS;
    try {
      return await this.#client.retry(deadlineMs, () => this.#client.request(action));
    } catch (error) {
      throw toBrokerError(error, `asking the coordinator of ${this.#options.groupId}`);
    }
  }
}
