/** The latest record of a key of a compacted topic: as a group of writes leaves it, or as it is on disk. */
import { decodePointer, type Pointer, pointerOffset } from "../store/pointer.ts";
import { recordValue } from "../store/record.ts";
import type { Partition } from "./catalog.ts";
import type { Tables } from "./disk.ts";
import type { NamedKey } from "./unapplied.ts";
import type { WriteGroup } from "./write-queue.ts";

export interface Latest {
  readonly offset: number;
  readonly isTombstone: boolean;
  readonly isIndexed: boolean;
  /** Undefined where the log has it. */
  readonly value: Uint8Array | undefined;
}

/** @param at the key in `table` */
export function latest(tables: Tables, group: WriteGroup, at: NamedKey): Latest | undefined {
  const written = group.written(at);
  if (written === undefined) return storedLatest(tables, at);
  const { now } = written;
  return now && { offset: now.offset, isTombstone: now.value === null, isIndexed: true, value: now.value ?? undefined };
}

export function storedLatest(tables: Tables, at: NamedKey): Pointer | undefined {
  const bytes = tables.table.getNamed(at);
  return bytes === undefined ? undefined : decodePointer(bytes);
}

export function latestOffset(tables: Tables, group: WriteGroup, at: NamedKey): number | undefined {
  const written = group.written(at);
  if (written !== undefined) return written.now?.offset;
  const bytes = tables.table.getNamed(at);
  return bytes === undefined ? undefined : pointerOffset(bytes);
}

/**
 * @returns undefined for a tombstone
 * @throws KawaitError `CorruptState` when the log does not hold what the table names
 */
export function latestValue(partition: Partition, found: Latest | undefined): Uint8Array | undefined {
  if (found === undefined || found.isTombstone) return undefined;
  return found.value ?? recordValue(partition.entries.record(found.offset));
}
