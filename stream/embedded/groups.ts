/**
 * Consumer groups of one process: several members may run in it, and each rebalance is sticky. There are no sessions to
 * lose; advisory positions are kept by the broker.
 */
import { BrokerError, type GroupListener, type GroupMembership, type GroupOptions } from "../broker.ts";

interface Member {
  readonly listener: GroupListener;
  assigned: readonly number[];
}

export interface AdvisoryPositions {
  write(groupId: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void>;
  read(groupId: string, topic: string, partition: number): number | undefined;
}

export class Groups {
  readonly #groups = new Map<string, Set<Member>>();
  readonly #advisory: AdvisoryPositions;

  constructor(advisory: AdvisoryPositions) {
    this.#advisory = advisory;
  }

  join(options: GroupOptions, partitions: number): GroupMembership {
    const [topic] = options.topics;
    if (topic === undefined) throw new BrokerError("UnknownTopic", `group ${options.groupId} has no topic to read`);
    const members = this.#groups.get(options.groupId) ?? new Set<Member>();
    this.#groups.set(options.groupId, members);
    const member: Member = { listener: options.listener, assigned: [] };
    members.add(member);
    rebalance(members, partitions);
    return {
      heartbeat: async () => members.has(member),
      commitAdvisory: (offsets) => this.#advisory.write(options.groupId, topic, offsets),
      readAdvisory: async (wanted) => {
        const found = new Map<number, number>();
        for (const partition of wanted) {
          const offset = this.#advisory.read(options.groupId, topic, partition);
          if (offset !== undefined) found.set(partition, offset);
        }
        return found;
      },
      leave: async () => {
        if (members.delete(member)) rebalance(members, partitions);
      },
    };
  }
}

function rebalance(members: ReadonlySet<Member>, partitions: number): void {
  const all = [...members];
  const next = stickyAssignment(
    all.map((member) => member.assigned),
    partitions,
  );
  all.forEach((member, index) => {
    member.assigned = next[index]!;
    const assigned = member.assigned;
    // Each member hears of each rebalance, and never within its own call of `join`.
    queueMicrotask(() => {
      if (members.has(member)) member.listener.onAssignment(assigned);
    });
  });
}

/** Everybody keeps what is its fair share at most; what is left over goes to whoever has least. */
export function stickyAssignment(owned: readonly (readonly number[])[], partitions: number): number[][] {
  if (owned.length === 0) return [];
  const least = Math.floor(partitions / owned.length);
  let extra = partitions % owned.length;
  const taken = new Set<number>();
  const next = owned.map((mine) => {
    const room = mine.length > least && extra > 0 ? least + 1 : least;
    const kept = mine.filter((partition) => partition < partitions && !taken.has(partition)).slice(0, room);
    if (kept.length > least) extra--;
    for (const partition of kept) taken.add(partition);
    return kept;
  });
  for (let partition = 0; partition < partitions; partition++) {
    if (taken.has(partition)) continue;
    next.reduce((fewest, mine) => (mine.length < fewest.length ? mine : fewest)).push(partition);
  }
  return next.map((mine) => mine.sort((a, b) => a - b));
}
