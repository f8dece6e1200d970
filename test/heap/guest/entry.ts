/** The guest's runtime with its codec laid open: what tests evaluate in a context. */
import "../../../runtime/guest/index.ts";
import { assignedNames } from "#protocol";
import { abi } from "../../../runtime/guest/abi-object.ts";
import { setCompiler } from "../../../runtime/guest/dynamic/compile.ts";
import { checkEveryObject, decodeGraph, encodeGraph, HeapError } from "../../../runtime/guest/heap/index.ts";
import { headReaders } from "../../../runtime/guest/heap/kinds/index.ts";
import { uint8Slice } from "../../../runtime/guest/heap/natives.ts";
import { mustRunAlone } from "../../../runtime/guest/image/index.ts";
import { cursorPosition } from "../../../runtime/guest/iterators.ts";
import { indexProgram, indexRuntime } from "../../../runtime/guest/kernel/saving.ts";
import { newModuleScope } from "../../../runtime/guest/module-scope.ts";
import * as records from "../../../runtime/guest/records.ts";
import { registry } from "../../../runtime/guest/registry.ts";
import * as slots from "../../../runtime/guest/slots.ts";

function load(program: (abiObject: object) => void, tables: Partial<typeof registry.tables>, isPrivate: boolean): void {
  registry.tables = { ...registry.tables, ...tables };
  abi.g = registry.base;
  indexRuntime();
  program(abi);
  registry.isLoaded = true;
  indexProgram(assignedNames(program.toString()), isPrivate);
}

function describe<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof HeapError) throw new Error(`${error.code}: ${error.message}`);
    throw error;
  }
}

/** Tags of heads that were read. */
const readTags = new Set<number>();
for (let tag = 0; tag < headReaders.length; tag++) {
  const read = headReaders[tag];
  if (read === undefined) continue;
  headReaders[tag] = (decoder, given) => {
    readTags.add(given);
    return read(decoder, given);
  };
}

/** Values of a test: outside the graph, so that keeping one changes nothing in it. */
const values = new Map<string, unknown>();

export default {
  keep(name: string, value: unknown): void {
    values.set(name, value);
  },
  kept: (name: string) => values.get(name),
  readTags: () => [...readTags].join(),
  mustRunAlone,
  cursorPosition,
  newModuleScope,
  abi,
  registry,
  records,
  slots,
  load,
  useCompiler: setCompiler,
  checkEveryObject,
  encode: (root: unknown, isPrivate = false) =>
    describe(() => {
      const { bytes, length } = encodeGraph(root, isPrivate);
      return uint8Slice(bytes, 0, length);
    }),
  decode: (bytes: Uint8Array) => describe(() => decodeGraph(bytes)),
};
