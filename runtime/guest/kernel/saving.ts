/** Where the kernel meets the heap codec: a thread ⇄ bytes. */

import { abi } from "../abi-object.ts";
import { decodeGraph, encodeGraph, HeapError, prepareCodec, trustAttributes } from "../heap/index.ts";
import { prepareTables } from "../heap/tables.ts";
import { completeImage, indexImage, prepareImage } from "../image/index.ts";
import { imageObjects } from "../image/index-table.ts";
import { advanceCursor } from "../iterators.ts";
import { argumentsTraps } from "../mapped-arguments.ts";
import { iterateString } from "../natives/collection-iterators.ts";
import { append } from "../primordials.ts";
import { intrinsics } from "../promise/operations.ts";
import { AsyncFromSyncCell, Thread } from "../records.ts";
import { registry } from "../registry.ts";
import { Suspend } from "../suspensions.ts";
import { noteTrace } from "../traces/note.ts";

/** Bytes with their count: a typed array's own `length` is a getter that a script can replace. */
export interface Saved {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** Before any code of a program ran: gives the language's objects and the runtime's own their paths. */
export function indexRuntime(isForUnits = false): void {
  const roots = registry.runtimeRoots;
  append(roots, advanceCursor);
  append(roots, AsyncFromSyncCell.prototype);
  append(roots, abi.api);
  append(roots, abi.cancelling);
  append(roots, abi.Stamp);
  append(roots, iterateString);
  append(roots, argumentsTraps);
  prepareImage(roots, isForUnits);
}

/** After load: gives every object of the loaded program its image index. The lists are those of `GuestTables`. */
export function indexProgram(
  assignedNames: readonly string[],
  isPrivate: boolean,
  stringHashes?: readonly number[],
): void {
  prepareCodec(intrinsics.prototype, (Suspend as unknown as { prototype: object }).prototype, stringHashes);
  indexImage(assignedNames, isPrivate);
  trustAttributes();
  noteImageErrors();
}

/** Errors of the image are all threads' own: whoever throws one leaves no trace of himself in it. */
function noteImageErrors(): void {
  const image = imageObjects();
  for (let i = 0; i < image.length; i++) {
    const object = image[i]!;
    if (typeof object === "object") noteTrace(object);
  }
}

/** Once, before the first unit of global code runs: the image grows with each unit that is registered (scripts.ts). */
export function indexUnits(): void {
  prepareCodec(intrinsics.prototype, (Suspend as unknown as { prototype: object }).prototype);
  completeImage();
  trustAttributes();
}

/** A unit was registered after another ran: its strings and shapes are the program's too. */
export function indexLateUnit(): void {
  prepareTables(registry.tables.strings, registry.tables.shapes);
}

/** @throws HeapError `UnserializableValue` */
export function encodeThread(thread: Thread, isPrivate: boolean): Saved {
  return encodeGraph(thread, isPrivate);
}

/** @throws HeapError `CorruptState`, `UnknownFormatVersion` */
export function decodeThread(bytes: Uint8Array): Thread {
  const root = decodeGraph(bytes);
  if (!(root instanceof Thread)) throw new HeapError("CorruptState", "The heap's root is no thread.");
  return root;
}
