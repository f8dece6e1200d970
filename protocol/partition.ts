/**
 * Which partition a key belongs to: murmur2 of the key's bytes, exactly as Kafka's Java client has it, so that records
 * of producers with the Java client's default partitioner land where the engine looks for them.
 *
 * All arithmetic is 32 bit; `Math.imul` wraps as Java's `int` does.
 */
const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** The 32-bit hash, signed as in Java. */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  let hash = SEED ^ length;
  const words = length >> 2;
  for (let i = 0; i < words; i++) {
    const at = i * 4;
    let word = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    word = Math.imul(word, MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  const tail = words * 4;
  const rest = length - tail;
  if (rest === 3) hash ^= data[tail + 2]! << 16;
  if (rest >= 2) hash ^= data[tail + 1]! << 8;
  if (rest >= 1) hash = Math.imul(hash ^ data[tail]!, MULTIPLIER);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/**
 * The partition of `key` in a topic of `partitions` partitions (1 or more).
 *
 * @example partitionOf(new TextEncoder().encode("thread-1"), 4)
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  if (!(Number.isInteger(partitions) && partitions > 0)) throw new RangeError(`no partition count: ${partitions}`);
  return (murmur2(key) & 0x7fffffff) % partitions;
}
