/**
 * The group coordinator of the model: generations, the eager protocol, sessions that end, members that nobody knows any
 * more. Heartbeats are not simulated one by one; what they would tell is told at the time of one that would come next.
 */
import { assign, type Claim } from "../kafka/group/assignor.ts";
import type { Answer } from "./network.ts";
import { Refused } from "./refused.ts";
import type { SimulatedProcess, SimulatedTime } from "./simulated-time.ts";

/** `group.min.session.timeout.ms` */
const SESSION_LEAST_MS = 6_000;
const HEARTBEAT_MS = 1_200;

export interface Joined {
  readonly memberId: string;
  readonly generation: number;
  readonly partitions: readonly number[];
}

interface Member {
  readonly memberId: string;
  readonly process: SimulatedProcess;
  readonly sessionMs: number;
  readonly rebalanceMs: number;
  /** Told with the next heartbeat that the group rebalances. */
  readonly onRebalance: () => void;
  /** Of the heartbeats that it sends now; undefined while it sends none. */
  readonly generation: () => number | undefined;
  claim: Claim;
  joining: Answer<Joined> | undefined;
}

interface Group {
  readonly partitions: number;
  readonly members: Map<string, Member>;
  /** Ids that were given out and have not joined yet. */
  readonly expected: Set<string>;
  /** Those whose heartbeat has not reached the brokers. */
  readonly unreached: Set<Member>;
  generation: number;
  isRebalancing: boolean;
  cancelDeadline: () => void;
  readonly advisory: Map<number, number>;
}

export interface JoinRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly partitions: number;
  readonly process: SimulatedProcess;
  readonly sessionMs: number;
  readonly rebalanceMs: number;
  readonly claim: Claim;
  readonly onRebalance: () => void;
  readonly generation: () => number | undefined;
}

export class GroupCoordinator {
  readonly #time: SimulatedTime;
  readonly #groups = new Map<string, Group>();
  #nextMember = 1;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  join(request: JoinRequest, answer: Answer<Joined>): void {
    const group = this.#groupOf(request.groupId, request.partitions);
    if (request.sessionMs < SESSION_LEAST_MS) throw new Refused("invalidSessionTimeout");
    if (request.memberId === "") {
      // The client joins again under this id, so that an answer that is lost leaves no unknown member behind.
      const memberId = `member-${this.#nextMember++}`;
      group.expected.add(memberId);
      this.#time.after(request.sessionMs, () => group.expected.delete(memberId));
      answer.resolve({ memberId, generation: -1, partitions: [] });
      return;
    }
    // Of a member that is out of its group, with a request that comes late: nobody would speak for it any more.
    const isExpected = group.expected.delete(request.memberId) || group.members.has(request.memberId);
    if (!isExpected) throw new Refused("unknownMember");
    const { groupId, partitions: _, ...rest } = request;
    const { memberId, process } = request;
    this.#time.note?.(`${process.name} joins ${groupId} as ${memberId}`);
    group.members.get(memberId)?.joining?.reject(new Refused("disconnected"));
    group.members.set(memberId, { ...rest, joining: answer });
    this.#watch(group, memberId);
    this.#rebalance(group);
    this.#completeIfAll(group);
  }

  heartbeat(groupId: string, memberId: string, generation: number): void {
    const group = this.#groups.get(groupId);
    if (group?.members.has(memberId) !== true) throw new Refused("unknownMember");
    if (group.isRebalancing || generation !== group.generation) throw new Refused("rebalanceInProgress");
  }

  leave(groupId: string, memberId: string): void {
    const group = this.#groups.get(groupId);
    if (group !== undefined) this.#remove(group, memberId);
  }

  commitAdvisory(groupId: string, offsets: ReadonlyMap<number, number>): void {
    const group = this.#groups.get(groupId);
    for (const [partition, offset] of offsets) group?.advisory.set(partition, offset);
  }

  readAdvisory(groupId: string, partitions: readonly number[]): Map<number, number> {
    const advisory = this.#groups.get(groupId)?.advisory;
    return new Map(
      partitions.flatMap((partition) => {
        const offset = advisory?.get(partition);
        return offset === undefined ? [] : [[partition, offset] as const];
      }),
    );
  }

  /** A process has stopped answering, or answers again: sessions end, members hear that they are none. */
  noteChange(process: SimulatedProcess): void {
    for (const group of this.#groups.values()) {
      for (const member of group.members.values()) if (member.process === process) this.#watch(group, member.memberId);
      for (const member of group.unreached) {
        if (member.process !== process || process.isCutOff) continue;
        group.unreached.delete(member);
        this.#beat(group, member, HEARTBEAT_MS);
      }
    }
  }

  #watch(group: Group, memberId: string): void {
    const member = group.members.get(memberId);
    if (member === undefined) return;
    const { process } = member;
    if (isSilent(process)) {
      this.#time.after(member.sessionMs, () => {
        if (group.members.get(memberId) === member && isSilent(process)) this.#remove(group, memberId);
      });
      return;
    }
    // Perhaps its session ended while it was silent.
    this.#beat(group, member, this.#time.random.next() * HEARTBEAT_MS);
  }

  /** What the next heartbeat of a member tells it: that the group does not know it, or has gone on without it. */
  #beat(group: Group, member: Member, delayMs: number): void {
    const { memberId, process, generation, onRebalance } = member;
    process.after(delayMs, () => {
      if (process.isCutOff) group.unreached.add(member);
      else if (!group.members.has(memberId) || (generation() ?? group.generation) !== group.generation) onRebalance();
    });
  }

  #groupOf(groupId: string, partitions: number): Group {
    let group = this.#groups.get(groupId);
    if (group === undefined) {
      group = {
        partitions,
        members: new Map(),
        expected: new Set(),
        unreached: new Set(),
        generation: 0,
        isRebalancing: false,
        cancelDeadline: () => {},
        advisory: new Map(),
      };
      this.#groups.set(groupId, group);
    }
    return group;
  }

  #remove(group: Group, memberId: string): void {
    const member = group.members.get(memberId);
    if (member === undefined) return;
    group.members.delete(memberId);
    this.#time.note?.(`${memberId} of ${member.process.name} is out of its group`);
    member.joining?.reject(new Refused("unknownMember"));
    // It hears of it with the next heartbeat, if it still lives.
    this.#beat(group, member, this.#time.random.next() * HEARTBEAT_MS);
    if (group.members.size > 0) this.#rebalance(group);
    this.#completeIfAll(group);
  }

  #rebalance(group: Group): void {
    if (group.isRebalancing) return;
    group.isRebalancing = true;
    for (const member of group.members.values()) {
      if (member.joining !== undefined) continue;
      member.process.after(this.#time.random.next() * HEARTBEAT_MS, () => {
        if (group.members.get(member.memberId) === member && !member.process.isCutOff) member.onRebalance();
      });
    }
    const longestMs = Math.max(0, ...[...group.members.values()].map(({ rebalanceMs }) => rebalanceMs));
    group.cancelDeadline();
    group.cancelDeadline = this.#time.after(longestMs, () => {
      for (const member of [...group.members.values()]) {
        if (member.joining !== undefined) continue;
        group.members.delete(member.memberId);
        this.#beat(group, member, HEARTBEAT_MS);
      }
      this.#completeIfAll(group);
    });
  }

  #completeIfAll(group: Group): void {
    if (!group.isRebalancing || group.members.size === 0) return;
    const members = [...group.members.values()];
    if (members.some(({ joining }) => joining === undefined)) return;
    group.cancelDeadline();
    group.isRebalancing = false;
    group.generation++;
    const shares = assign(new Map(members.map(({ memberId, claim }) => [memberId, claim])), group.partitions);
    this.#time.note?.(
      `generation ${group.generation}: ${[...shares].map(([id, own]) => `${id} has ${own}`).join("; ")}`,
    );
    for (const member of members) {
      const { memberId, joining } = member;
      member.joining = undefined;
      joining?.resolve({ memberId, generation: group.generation, partitions: shares.get(memberId) ?? [] });
      // Whoever died while it was waiting here has a session that ends, too.
      if (isSilent(member.process)) this.#watch(group, memberId);
      // A join that was given up and came late answers nobody: its sender goes on in the generation before.
      else this.#beat(group, member, HEARTBEAT_MS);
    }
  }
}

function isSilent(process: SimulatedProcess): boolean {
  return process.isDead || process.isPaused || process.isCutOff;
}
