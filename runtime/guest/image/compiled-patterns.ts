/**
 * Regular expressions of the image whose pattern was replaced: `RegExp.prototype.compile` alone can do that, and tells. So no other
 * has to be asked for its pattern, neither when a context is made nor after each step.
 */

import { mapGet, mapSet, NativeMap } from "../primordials.ts";
import { touch } from "./breach.ts";
import { imageNumberOf } from "./index-table.ts";

/** As `content.ts` has it. */
type Content = readonly unknown[] | undefined;

const originals: Map<object, Content> = new NativeMap();
let areThere = false;

/** Before an object of any kind is compiled anew. `contentOf`: as of this moment, with its pattern. */
export function noteCompilation(target: object, contentOf: (target: object) => Content): void {
  if (imageNumberOf(target) === undefined) return;
  touch(target);
  if (mapGet(originals, target) !== undefined) return;
  areThere = true;
  mapSet(originals, target, contentOf(target));
}

/** What a regular expression of the image held before; `undefined`: its pattern is that of the load. */
export function contentBeforeCompilation(target: object): Content {
  return areThere ? mapGet(originals, target) : undefined;
}
