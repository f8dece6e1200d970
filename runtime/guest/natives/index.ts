/**
 * Natives whose inner state only the engine sees, in a form that a state can hold: iterators, `WeakRef`, disposable stacks,
 * segments. Each is to a script what the engine's is: names, lengths, attributes, prototypes, kinds of errors.
 */
import { installArrayIterators } from "./array-iterators.ts";
import { installCollectionIterators } from "./collection-iterators.ts";
import { prepareConsumedIteration } from "./consumed-iteration.ts";
import { installDisposableStacks } from "./disposable-stacks.ts";
import { installIteratorHelpers } from "./iterator-helpers.ts";
import { installRegExpIterator } from "./regexp-iterator.ts";
import { installSegmenter } from "./segmenter.ts";
import { installWeakReferences } from "./weak-references.ts";

export function installNatives(global: object): void {
  installArrayIterators();
  installCollectionIterators();
  prepareConsumedIteration();
  installIteratorHelpers();
  installRegExpIterator();
  installSegmenter();
  installWeakReferences(global);
  installDisposableStacks(global);
}
