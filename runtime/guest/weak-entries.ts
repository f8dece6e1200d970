/**
 * What weak collections hold, in a form that the codec can walk: the engine tells nobody what is in a WeakMap.
 *
 * The native collection stays the store, so lifetimes are the engine's. Beside it, a key of a thread's own carries a list of
 * the collections that it is in (a state asks the keys that it reaches, and no order of insertion or collection of garbage can
 * show in it), and a collection lists those keys that live as long as the context: objects of the image and of the language.
 * Boundary: `globals/weak-collections.ts` reports writes, `heap/ephemerons.ts` reads.
 */
import { Identity } from "./definition.ts";
import {
  append,
  NativeMap,
  NativeSet,
  NativeWeakMap,
  NativeWeakRef,
  setAdd,
  setDelete,
  weakMapGet,
  weakMapSet,
  weakRefDeref,
} from "./primordials.ts";

export type WeakKeyValue = object | symbol;

/** What is known of one collection. It does not keep the collection itself alive. */
export class CollectionState {
  readonly collection: WeakRef<object>;
  readonly isMap: boolean;
  /** Keys that live as long as the context. */
  readonly lasting: Set<WeakKeyValue> = new NativeSet();
  /** Of a collection of the image: its entries with lasting keys after load. */
  readonly original: Map<WeakKeyValue, unknown> = new NativeMap();
  /** A thread wrote an entry with a lasting key. */
  isChanged = false;

  constructor(collection: object, isMap: boolean) {
    this.collection = new NativeWeakRef(collection);
    this.isMap = isMap;
  }
}

class CollectionSlot extends Identity {
  #state: CollectionState;

  constructor(collection: object, state: CollectionState) {
    super(collection);
    this.#state = state;
  }

  static get(target: object): CollectionState | undefined {
    return #state in target ? target.#state : undefined;
  }
}

/** The collections that a key is in; dead ones are dropped when the list has doubled. */
class Memberships {
  states: CollectionState[] = [];
  limit = 8;
}

class KeySlot extends Identity {
  #memberships: Memberships;

  constructor(key: object, memberships: Memberships) {
    super(key);
    this.#memberships = memberships;
  }

  static get(target: object): Memberships | undefined {
    return #memberships in target ? target.#memberships : undefined;
  }
}

const membershipsOfSymbols: WeakMap<WeakKeyValue, Memberships> = new NativeWeakMap();
let areUsed = false;

/** Whether any collection of this context was ever written. */
export function weakCollectionsAreUsed(): boolean {
  return areUsed;
}

export function collectionState(value: unknown): CollectionState | undefined {
  return typeof value === "object" && value !== null ? CollectionSlot.get(value) : undefined;
}

function membershipsOf(key: WeakKeyValue): Memberships | undefined {
  return typeof key === "symbol" ? weakMapGet(membershipsOfSymbols, key) : KeySlot.get(key);
}

const none: readonly CollectionState[] = [];

/** Not all of them need be alive. */
export function collectionsOf(key: WeakKeyValue): readonly CollectionState[] {
  return membershipsOf(key)?.states ?? none;
}

/** A native collection got an entry that it did not have. */
export function noteEntry(collection: object, key: WeakKeyValue, isMap: boolean, isLasting: boolean): CollectionState {
  areUsed = true;
  let state = CollectionSlot.get(collection);
  if (state === undefined) {
    state = new CollectionState(collection, isMap);
    new CollectionSlot(collection, state);
  }
  if (isLasting) setAdd(state.lasting, key);
  else join(key, state);
  return state;
}

function join(key: WeakKeyValue, state: CollectionState): void {
  let memberships = membershipsOf(key);
  if (memberships === undefined) {
    memberships = new Memberships();
    if (typeof key === "symbol") weakMapSet(membershipsOfSymbols, key, memberships);
    else new KeySlot(key, memberships);
  }
  if (memberships.states.length >= memberships.limit) {
    keepWhere(memberships, (other) => weakRefDeref(other.collection) !== undefined);
    memberships.limit = memberships.states.length * 2 + 8;
  }
  append(memberships.states, state);
}

function keepWhere(memberships: Memberships, isKept: (state: CollectionState) => boolean): void {
  const kept: CollectionState[] = [];
  const { states } = memberships;
  for (let i = 0; i < states.length; i++) if (isKept(states[i]!)) append(kept, states[i]!);
  memberships.states = kept;
}

/** A native collection lost an entry. */
export function forgetEntry(state: CollectionState, key: WeakKeyValue): void {
  setDelete(state.lasting, key);
  const memberships = membershipsOf(key);
  if (memberships !== undefined) keepWhere(memberships, (other) => other !== state);
}

/** After load: a key turned out to be of the image. */
export function makeLasting(key: WeakKeyValue): void {
  const memberships = membershipsOf(key);
  if (memberships === undefined) return;
  const { states } = memberships;
  for (let i = 0; i < states.length; i++) setAdd(states[i]!.lasting, key);
  memberships.states = [];
}
