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

  const owner = new Map<number, string>();
  for (const id of ids) {
    const claim = members.get(id)!;
    for (const partition of claim.partitions) {
      if (partition < 0 || partition >= partitionCount) continue;
      const rival = owner.get(partition);
      if (rival === undefined || members.get(rival)!.generation < claim.generation) owner.set(partition, id);
    }
  }

  const share = Math.floor(partitionCount / ids.length);
  let larger = partitionCount % ids.length;
  const claimed = (id: string): number[] =>
    [...owner].flatMap(([partition, of]) => (of === id ? [partition] : [])).sort((left, right) => left - right);
  // Who holds most keeps one more than the share, while there are such places.
  const byHoldings = [...ids].sort(
    (left, right) => claimed(right).length - claimed(left).length || (left < right ? -1 : 1),
  );
  const quota = new Map<string, number>();
  for (const id of byHoldings) {
    const extra = larger > 0 ? 1 : 0;
    larger -= extra;
    quota.set(id, share + extra);
    result.set(id, claimed(id).slice(0, share + extra));
  }

  const taken = new Set([...result.values()].flat());
  const free = Array.from({ length: partitionCount }, (_, partition) => partition).filter((each) => !taken.has(each));
  for (const id of ids) {
    const own = result.get(id)!;
    own.push(...free.splice(0, quota.get(id)! - own.length));
    own.sort((left, right) => left - right);
  }
  return result;
}
