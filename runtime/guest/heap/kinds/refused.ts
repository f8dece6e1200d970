/** What cannot be saved, each with its reason: the value is named with its path (I4). */
import { unserializable } from "../heap-error.ts";
import type { Kind } from "../kind.ts";

function refused(name: string, why: string): Kind {
  return {
    name,
    writeHead: () => unserializable(`${name} cannot be saved: ${why}`),
    writeBody() {},
    visitEdges: () => false,
  };
}

export const proxy = refused("a Proxy", "keep its target and make the proxy again where it is used");
export const nativeFunction = refused(
  "a native function that is no part of the language's globals",
  "keep what it was made from, and make it again where it is used",
);
export const nativeIterator = refused(
  "a native iterator",
  "loops are no problem; do not keep the iterator itself across an await",
);
export const nativeGenerator = refused(
  "a generator of code that was not compiled",
  "a construct in its function is not supported; do not keep it across an await",
);
export const weak = refused("a WeakRef or FinalizationRegistry", "its target may be gone at any time");
export const unknownNative = refused("a native object", "its inner state cannot be read");
