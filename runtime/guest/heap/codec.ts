/** Entry of the codec: a thread's roots ⇄ the bytes of heap format 1. */

import { readPatches, writePatches } from "../image/patches.ts";
import { registry } from "../registry.ts";
import { startAtFirstDecoded } from "./decoded.ts";
import { GraphDecoder } from "./decoder.ts";
import { checkDescriptors } from "./descriptors.ts";
import { GraphEncoder } from "./encoder.ts";
import { readWeakEntry, writeWeakEntries } from "./ephemerons.ts";
import { HEAP_FORMAT_VERSION, SECTION_GRAPH } from "./format.ts";
import { corrupt, HeapError } from "./heap-error.ts";
import { checkElementPrototypes } from "./kinds/array.ts";
import { prepareKinds } from "./kinds/index.ts";
import { setPromisePrototypes } from "./kinds/slotted.ts";
import { describeTrail } from "./path.ts";
import { Reader } from "./reader.ts";
import { RESTART_CAREFULLY } from "./restart.ts";
import { alwaysSuspectAttributes } from "./suspicion.ts";
import { prepareTables } from "./tables.ts";

const encoder = new GraphEncoder();
const decoder = new GraphDecoder();
/** Version, tag of the section, its length as a padded varint of four bytes. */
const HEAD_BYTES = 6;
/** The last state had a property that is not ordinary: most likely the next one has it too. Changes no byte. */
let startsCareful = false;
let alwaysCareful = false;

/**
 * Once per context, after load and before the first state. The prototypes are the runtime's own; `hashes`: of the program's
 * strings, where the host has told them.
 */
export function prepareCodec(promisePrototype: object, suspensionPrototype: object, hashes?: readonly number[]): void {
  setPromisePrototypes(promisePrototype, suspensionPrototype);
  prepareTables(registry.tables.strings, registry.tables.shapes, hashes);
  prepareKinds();
  checkElementPrototypes();
}

/** For tests: every object is checked in full before its head is written, instead of only after one was found that is not ordinary. */
export function checkEveryObject(): void {
  alwaysCareful = true;
  alwaysSuspectAttributes();
}

export interface EncodedGraph {
  /** The codec's own buffer: to be copied before the next encoding. */
  readonly bytes: Uint8Array;
  readonly length: number;
}

/**
 * Everything that the roots reach.
 * @throws HeapError `UnserializableValue`, with the path
 */
export function encodeGraph(root: unknown, isPrivate: boolean): EncodedGraph {
  checkDescriptors();
  if (isPrivate) checkElementPrototypes();
  try {
    try {
      write(root, isPrivate, startsCareful || alwaysCareful);
    } catch (error) {
      if (error !== RESTART_CAREFULLY) throw error;
      startsCareful = true;
      write(root, isPrivate, true);
    }
    return { bytes: encoder.out.bytes, length: encoder.out.at };
  } catch (error) {
    if (error instanceof HeapError && error.code === "UnserializableValue") {
      throw new HeapError(error.code, `${describeTrail(encoder)}: ${error.message}.`);
    }
    throw error;
  } finally {
    encoder.end();
    decoder.forget();
  }
}

function write(root: unknown, isPrivate: boolean, careful: boolean): void {
  const { out } = encoder;
  encoder.begin(careful);
  startAtFirstDecoded();
  out.reserve(HEAD_BYTES);
  out.at = HEAD_BYTES;
  encoder.value(root);
  writePatches(encoder, isPrivate);
  encoder.drain();
  writeWeakEntries(encoder, isPrivate);
  let length = out.at - HEAD_BYTES;
  out.bytes[0] = HEAP_FORMAT_VERSION;
  out.bytes[1] = SECTION_GRAPH;
  for (let i = 2; i < HEAD_BYTES; i++) {
    out.bytes[i] = (length & 127) | (i < HEAD_BYTES - 1 ? 128 : 0);
    length >>>= 7;
  }
}

/** @throws HeapError `CorruptState`, `UnknownFormatVersion` */
export function decodeGraph(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  openGraph(reader);
  decoder.begin(reader);
  try {
    const root = decoder.value();
    readPatches(decoder);
    decoder.drain();
    while (reader.at < reader.end) {
      readWeakEntry(decoder);
      decoder.drain();
    }
    if (reader.at !== reader.end) corrupt("its graph does not end where its section does");
    decoder.complete();
    return root;
  } catch (error) {
    // What a native refuses (a class without a constructor for its parent, a proxy's invariant) no encoder has written.
    if (error instanceof HeapError) throw error;
    return corrupt("its parts do not fit together");
  } finally {
    decoder.end();
  }
}

/** Puts the reader at the graph, past optional sections. */
export function openGraph(reader: Reader): void {
  const version = reader.byte();
  if (version > HEAP_FORMAT_VERSION) {
    throw new HeapError(
      "UnknownFormatVersion",
      `The heap has format ${version}; this runtime reads up to ${HEAP_FORMAT_VERSION}. Upgrade it.`,
    );
  }
  if (version === 0) corrupt("no version");
  let graphAt = -1;
  let graphEnd = -1;
  while (reader.at < reader.end) {
    const tag = reader.byte();
    const length = reader.count();
    if (tag === SECTION_GRAPH && graphAt < 0) {
      graphAt = reader.at;
      graphEnd = reader.at + length;
    } else if (tag % 2 === 1) {
      corrupt(`a required section ${tag} that this runtime does not know`);
    }
    reader.at += length;
  }
  if (graphAt < 0) corrupt("no graph");
  reader.at = graphAt;
  reader.end = graphEnd;
}
