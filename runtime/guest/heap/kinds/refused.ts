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

export const nativeFunction = refused(
  "a native function that is no part of the language's globals",
  "keep what it was made from, and make it again where it is used",
);
/** `list.values()` and `list[Symbol.iterator]()` give iterators that can be saved. */
export const nativeIterator = refused(
  "a native iterator that was asked for under a computed key",
  "write the key as [Symbol.iterator], or ask for values(), keys() or entries()",
);
export const nativeGenerator = refused(
  "a generator of code that was not compiled",
  "a construct in its function is not supported; do not keep it across an await",
);
export const unknownNative = refused("a native object", "its inner state cannot be read");
