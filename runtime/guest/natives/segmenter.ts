/**
 * The segments of a text. What `segment` gives is the engine's object, stamped with what it is over; its iterators are ours.
 */
import { isObject, objectCreate, symbolIterator, uncurry } from "../primordials.ts";
import { SegmentCursor } from "../records.ts";
import { RecordSlot, SegmentsSlot } from "../slots.ts";
import { incompatible, replaceMethods } from "./builtin.ts";
import { sharedPrototypes } from "./prototypes.ts";

const nativeSegment = uncurry(Intl.Segmenter.prototype.segment);
const containing = uncurry((sharedPrototypes.segments as Intl.Segments).containing);

/** Segments as scripts make them, and as decoding makes them. */
export function segmentsOf(segmenter: object, text: string): object {
  const segments = nativeSegment(segmenter as Intl.Segmenter, text);
  new SegmentsSlot(segments, segmenter, text);
  return segments;
}

const onSegmenter = {
  segment(this: object, text: unknown): object {
    return segmentsOf(this, `${text as string}`);
  },
};

const onSegments = {
  [symbolIterator](this: unknown): object {
    if (!isObject(this) || !SegmentsSlot.has(this)) incompatible("%SegmentsPrototype%[Symbol.iterator]", this);
    const iterator = objectCreate(sharedPrototypes.segmentIterator) as object;
    new RecordSlot(iterator, new SegmentCursor(this as object, 0));
    return iterator;
  },
};

function advance(cursor: SegmentCursor): unknown {
  const { segments, index } = cursor;
  if (segments === undefined) return { value: undefined, done: true };
  const value = containing(segments as Intl.Segments, index) as Intl.SegmentData | undefined;
  if (value === undefined) {
    cursor.segments = undefined;
    return { value: undefined, done: true };
  }
  cursor.index = index + value.segment.length;
  return { value, done: false };
}

const onIterator = {
  next(this: unknown): unknown {
    const cursor = isObject(this) ? RecordSlot.get(this) : undefined;
    return cursor instanceof SegmentCursor ? advance(cursor) : incompatible("%SegmentIterator%.prototype.next", this);
  },
};

export function installSegmenter(): void {
  replaceMethods(Intl.Segmenter.prototype, onSegmenter);
  replaceMethods(sharedPrototypes.segments, onSegments);
  replaceMethods(sharedPrototypes.segmentIterator, onIterator);
}
