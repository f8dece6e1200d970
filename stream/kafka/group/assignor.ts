/**
 * Who gets which partitions: co-partitioned (a member gets partition p of all input topics), balanced, and sticky, so
 * that a partition stays where its local store is (defect 11: kafkajs's own assigner is none of the three).
 *
 * Each member tells, as user data, which partitions it had last and in which generation; where two claim the same, the
 * later generation wins. Pure: the same claims give the same assignment.
 */

export const PROTOCOL_NAME = "kawait-sticky-1";

/** What a member tells when it joins. */
export interface Claim {
  readonly partitions: readonly number[];
  /** The generation in which it had them; -1 for none. */
  readonly generation: number;
}

export const NO_CLAIM: Claim = { partitions: [], generation: -1 };

export function encodeClaim(claim: Claim): Buffer {
  return Buffer.from(JSON.stringify({ partitions: claim.partitions, generation: claim.generation }));
}

/** A member whose user data cannot be read claims nothing. */
export function decodeClaim(userData: Uint8Array | null): Claim {
  try {
    const value: unknown = JSON.parse(Buffer.from(userData ?? []).toString());
    if (typeof value !== "object" || value === null) return NO_CLAIM;
    const { partitions, generation } = value as Partial<Claim>;
    if (!Array.isArray(partitions) || typeof generation !== "number") return NO_CLAIM;
    return { partitions: partitions.filter(Number.isInteger), generation };
  } catch {
    return NO_CLAIM;
  }
}

/** Distributes partitions 0 … `partitionCount` - 1 over the members; shares differ by one at most. */
export function assign(members: ReadonlyMap<string, Claim>, partitionCount: number): Map<string, number[]> {
  const ids = [...members.keys()].sort();
  const result = new Map<string, number[]>(ids.map((id) => [id, []]));
  if (ids.length === 0) return result;

  // Who claims a partition, the latest generation first.
  const claimants = new Map<number, string[]>();
  for (const id of ids) {
    for (const partition of new Set(members.get(id)!.partitions)) {
      if (partition < 0 || partition >= partitionCount) continue;
      claimants.set(partition, [...(claimants.get(partition) ?? []), id]);
    }
  }
  const generationOf = (id: string): number => members.get(id)!.generation;
  for (const rivals of claimants.values()) rivals.sort((left, right) => generationOf(right) - generationOf(left));
  const held = new Map<string, number[]>(ids.map((id) => [id, []]));
  for (const [partition, rivals] of claimants) held.get(rivals[0]!)!.push(partition);

  // Who holds most may keep one more than the share, while there are such places. What has to be given up is rather
  // what somebody else claims too: a member that comes back finds its old partitions and their stores.
  const share = Math.floor(partitionCount / ids.length);
  let larger = partitionCount % ids.length;
  const room = new Map<string, number>();
  const byHoldings = [...ids].sort((left, right) => held.get(right)!.length - held.get(left)!.length);
  const contested = (partition: number): number => (claimants.get(partition)!.length > 1 ? 1 : 0);
  for (const id of byHoldings) {
    const quota = share + (larger > 0 ? 1 : 0);
    larger -= 1;
    const wanted = held.get(id)!.sort((left, right) => contested(left) - contested(right) || left - right);
    result.set(id, wanted.slice(0, quota));
    room.set(id, quota - result.get(id)!.length);
  }

  const give = (id: string, partition: number): void => {
    result.get(id)!.push(partition);
    room.set(id, room.get(id)! - 1);
  };
  const taken = new Set([...result.values()].flat());
  const homeless: number[] = [];
  for (let partition = 0; partition < partitionCount; partition += 1) {
    if (taken.has(partition)) continue;
    const earlier = claimants.get(partition)?.find((id) => room.get(id)! > 0);
    if (earlier === undefined) homeless.push(partition);
    else give(earlier, partition);
  }
  for (const partition of homeless) give(ids.find((id) => room.get(id)! > 0)!, partition);
  for (const own of result.values()) own.sort((left, right) => left - right);
  return result;
}
