/**
 * The runtime's records: what hangs between a thread's roots and the script's own objects.
 *
 * Each is a class of fixed layout that no script ever sees; the heap saves its fields by position, in the order of the
 * table `RECORDS` at the end. A record is found by its class's prototype (none can be changed from outside). Every
 * constructor may be called with no arguments and filled afterwards. A field holds an ordinary value, another record, an
 * array of the runtime's own, or a `Definition`, which is saved as its index (below zero: the runtime's own).
 *
 * Above 500 lines, because the table numbers them all and each is a few lines of fields.
 *
 * Promises and generator objects are objects of the script with a slot (`slots.ts`). `PromiseState` and the frame of a
 * generator object belong to one object each.
 */

import type { Definition } from "./definition.ts";

/** What a settled promise wakes. A suspended frame is its own reaction. */
export type Reaction = AsyncFrame | AsyncGeneratorFrame | ThenReaction | AdoptReaction | ElementReaction;

/** None, one, or several in order of arrival. */
export type PromiseReactions = undefined | Reaction | Reaction[];

/**
 * Where a cancelation of a promise descends to: the frame that will settle it, the promise that it follows, the arguments
 * of a combinator, or a suspension. A timer's and an executor's promise have none: they reject by themselves.
 */
export type PromiseSource = undefined | AsyncFrame | AsyncGeneratorFrame | Combinator | Suspension | object;

export const JOB_FULFILLED = 0;
export const JOB_REJECTED = 1;
export const JOB_THENABLE = 2;
export const JOB_CALL = 3;

/** What all records have in common: their place in the state that is being written, where no property tells of it. */
export class RuntimeRecord {
  #mark = 0;

  static has(value: object): value is RuntimeRecord {
    return #mark in value;
  }

  static mark(record: RuntimeRecord): number {
    return record.#mark;
  }

  static setMark(record: RuntimeRecord, mark: number): void {
    record.#mark = mark;
  }
}

/** One entry of the job queue. */
export class Job extends RuntimeRecord {
  /** One of `JOB_…`. */
  kind: number;
  /** Reaction; for a thenable the promise to be resolved; for a call the function. */
  target: unknown;
  /** Value or reason; the thenable; the list of arguments. */
  value: unknown;
  /** The `then` of a thenable. */
  thenMethod: unknown;
  /** The queue is a chain; it is saved as a list. */
  next: Job | undefined = undefined;

  constructor(kind: number, target: unknown, value: unknown, thenMethod: unknown) {
    super();
    this.kind = kind;
    this.target = target;
    this.value = value;
    this.thenMethod = thenMethod;
  }
}

/** `then` was called; `target` is a promise, a capability, or nothing when no one can see the derived promise. */
export class ThenReaction extends RuntimeRecord {
  target: object | undefined;
  onFulfilled: unknown;
  onRejected: unknown;

  constructor(target: object | undefined, onFulfilled: unknown, onRejected: unknown) {
    super();
    this.target = target;
    this.onFulfilled = onFulfilled;
    this.onRejected = onRejected;
  }
}

/** A promise that was resolved with this one follows it. */
export class AdoptReaction extends RuntimeRecord {
  target: object;

  constructor(target: object) {
    super();
    this.target = target;
  }
}

/** An argument of a combinator. */
export class ElementReaction extends RuntimeRecord {
  combinator: Combinator;
  index: number;

  constructor(combinator: Combinator, index: number) {
    super();
    this.combinator = combinator;
    this.index = index;
  }
}

/** PromiseCapability record of a foreign constructor. */
export class Capability extends RuntimeRecord {
  promise: unknown;
  resolve: unknown;
  reject: unknown;

  constructor(promise: unknown, resolve: unknown, reject: unknown) {
    super();
    this.promise = promise;
    this.resolve = resolve;
    this.reject = reject;
  }
}

export const COMBINE_ALL = 0;
export const COMBINE_ALL_SETTLED = 1;
export const COMBINE_ANY = 2;
export const COMBINE_RACE = 3;
/** Added to the kind: what is not settled when the result is known is cancelled. */
export const COMBINE_CANCELLING = 4;

/** A running `Promise.all`, `allSettled`, `any` or `race`. */
export class Combinator extends RuntimeRecord {
  kind: number;
  /** The result: a promise, or a capability. */
  target: object;
  /** Values or errors so far; `undefined` for a race. */
  values: unknown[] | undefined;
  /** The arguments that are not settled, for cancelation; settled places hold `undefined`. */
  pending: unknown[];
  remaining: number;

  constructor(kind: number, target: object, values: unknown[] | undefined, pending: unknown[], remaining: number) {
    super();
    this.kind = kind;
    this.target = target;
    this.values = values;
    this.pending = pending;
    this.remaining = remaining;
  }
}

/** The state of an element function of a combinator, where a script's `then` can see that function. */
export class ElementCell extends RuntimeRecord {
  combinator: Combinator;
  index: number;
  called: boolean;

  constructor(combinator: Combinator, index: number, called: boolean) {
    super();
    this.combinator = combinator;
    this.index = index;
    this.called = called;
  }
}

/** What a pair of resolving functions shares. */
export class ResolvingCell extends RuntimeRecord {
  promise: object;
  called: boolean;

  constructor(promise: object, called: boolean) {
    super();
    this.promise = promise;
    this.called = called;
  }
}

/** What the two functions of a `finally` share. */
export class FinallyCell extends RuntimeRecord {
  onFinally: unknown;
  species: unknown;

  constructor(onFinally: unknown, species: unknown) {
    super();
    this.onFinally = onFinally;
    this.species = species;
  }
}

/** One value that a runtime function closes over. */
export class ValueCell extends RuntimeRecord {
  value: unknown;

  constructor(value: unknown) {
    super();
    this.value = value;
  }
}

/** A running or suspended async function. `d`, `pc` and `l` are the compiled code's (ABI). */
export class AsyncFrame extends RuntimeRecord {
  d: Definition;
  /** The site at which it is suspended. */
  pc: number;
  /** Live values of the site. */
  l: unknown[];
  promise: object;
  /** The promise that it awaits; `undefined` while it runs. */
  awaiting: object | undefined;

  constructor(definition: Definition, locals: unknown[], promise: object) {
    super();
    this.d = definition;
    this.pc = 0;
    this.l = locals;
    this.promise = promise;
    this.awaiting = undefined;
  }
}

export const SUSPENDED_START = 0;
export const SUSPENDED_YIELD = 1;
export const EXECUTING = 2;
export const COMPLETED = 3;
/** Async generators: completed, while the value of a `return(value)` is awaited. */
export const DRAINING = 4;

/** The frame of a generator object. */
export class GeneratorFrame extends RuntimeRecord {
  d: Definition;
  pc: number;
  l: unknown[] | undefined;
  status: number;

  constructor(definition: Definition, locals: unknown[]) {
    super();
    this.d = definition;
    this.pc = 0;
    this.l = locals;
    this.status = SUSPENDED_START;
  }
}

/** The frame of an async generator object. */
export class AsyncGeneratorFrame extends RuntimeRecord {
  d: Definition;
  pc: number;
  l: unknown[] | undefined;
  status: number;
  /** Requests that are not answered, the oldest first. */
  queue: AsyncGeneratorRequest[];
  /** As in `AsyncFrame`. */
  awaiting: object | undefined;

  constructor(definition: Definition, locals: unknown[]) {
    super();
    this.d = definition;
    this.pc = 0;
    this.l = locals;
    this.status = SUSPENDED_START;
    this.queue = [];
    this.awaiting = undefined;
  }
}

export class AsyncGeneratorRequest extends RuntimeRecord {
  /** `RESUME_NEXT`, `RESUME_THROW` or `RESUME_RETURN`. */
  mode: number;
  value: unknown;
  promise: object;

  constructor(mode: number, value: unknown, promise: object) {
    super();
    this.mode = mode;
    this.value = value;
    this.promise = promise;
  }
}

/** The source of a promise made by `suspend`. */
export class Suspension extends RuntimeRecord {
  ref: string;
  /** Its last await was cancelled: no record resumes it, until something awaits it again. */
  detached: boolean;

  constructor(ref: string) {
    super();
    this.ref = ref;
    this.detached = false;
  }
}

/** The record behind the object that `setTimeout` and its kin return. */
export class Timer extends RuntimeRecord {
  /** Id of its suspension; `""` when it is due within the step. */
  ref: string;
  callback: unknown;
  arguments: unknown[];
  delayMs: number;
  repeats: boolean;
  /** Neither fired nor cleared. */
  active: boolean;
  /** The object that the script holds. */
  handle: object | undefined;

  constructor(callback: unknown, args: unknown[], delayMs: number, repeats: boolean) {
    super();
    this.ref = "";
    this.callback = callback;
    this.arguments = args;
    this.delayMs = delayMs;
    this.repeats = repeats;
    this.active = true;
    this.handle = undefined;
  }
}

/** Iterator record of a loop or pattern that suspends: iterator, its `next`, and whether it is exhausted (ABI). */
export class IteratorRecord extends RuntimeRecord {
  i: object;
  n: unknown;
  done: boolean;

  constructor(iterator: object, next: unknown) {
    super();
    this.i = iterator;
    this.n = next;
    this.done = false;
  }
}

export const CURSOR_KEYS = 0;
export const CURSOR_VALUES = 1;
export const CURSOR_ENTRIES = 2;
/** Over a collection `CURSOR_ENTRIES` is a Map's and `CURSOR_VALUES` a Set's, as their loops go; the others are these. */
export const CURSOR_MAP_KEYS = 3;
export const CURSOR_MAP_VALUES = 4;
export const CURSOR_SET_ENTRIES = 5;

/** Whether a `CollectionCursor` of this kind is over a Map, not a Set. */
export function isMapKind(kind: number): boolean {
  return kind === CURSOR_ENTRIES || kind === CURSOR_MAP_KEYS || kind === CURSOR_MAP_VALUES;
}

/** A place in an array (or array-like). */
export class ArrayCursor extends RuntimeRecord {
  /** `undefined` once it is exhausted. */
  target: object | undefined;
  index: number;
  /** One of `CURSOR_…`. */
  kind: number;

  constructor(target: object | undefined, index: number, kind: number) {
    super();
    this.target = target;
    this.index = index;
    this.kind = kind;
  }
}

/** A place in a string: of its code points. */
export class StringCursor extends RuntimeRecord {
  text: string | undefined;
  index: number;

  constructor(text: string | undefined, index: number) {
    super();
    this.text = text;
    this.index = index;
  }
}

/**
 * A place in a Map or Set. `native` is an iterator of the collection itself, so that the place survives deletions; it is
 * not saved: the position is how many live entries are left. See `cursorPosition` and `cursorAt` in `iterators.ts`.
 */
export class CollectionCursor extends RuntimeRecord {
  /** `undefined` once it is exhausted. */
  target: object | undefined;
  /** One of `CURSOR_…`. */
  kind: number;
  native: object | undefined;

  constructor(target: object | undefined, kind: number, native: object | undefined) {
    super();
    this.target = target;
    this.kind = kind;
    this.native = native;
  }
}

/** The state of an async iterator over a sync one: its iterator record. */
export class AsyncFromSyncCell extends RuntimeRecord {
  record: IteratorRecord;
  done: boolean;

  constructor(record: IteratorRecord, done: boolean) {
    super();
    this.record = record;
    this.done = done;
  }
}

export const HELPER_MAP = 0;
export const HELPER_FILTER = 1;
export const HELPER_TAKE = 2;
export const HELPER_DROP = 3;
export const HELPER_FLAT_MAP = 4;

/** An iterator helper (`iterator.map(…)`). `status` is one of a generator's. */
export class IteratorHelper extends RuntimeRecord {
  /** One of `HELPER_…`. */
  kind: number;
  over: IteratorRecord;
  callback: unknown;
  /** How often the callback was called; of `take` and `drop` how many are left. */
  counter: number;
  /** Of `flatMap`: what is being passed on. */
  inner: IteratorRecord | undefined;
  status: number;

  constructor(kind: number, over: IteratorRecord, callback: unknown, counter: number) {
    super();
    this.kind = kind;
    this.over = over;
    this.callback = callback;
    this.counter = counter;
    this.inner = undefined;
    this.status = SUSPENDED_START;
  }
}

/** The iterator that `matchAll` gives. */
export class RegExpStringCursor extends RuntimeRecord {
  /** `undefined` once it is exhausted. */
  matcher: object | undefined;
  text: string;
  isGlobal: boolean;
  isUnicode: boolean;

  constructor(matcher: object | undefined, text: string, isGlobal: boolean, isUnicode: boolean) {
    super();
    this.matcher = matcher;
    this.text = text;
    this.isGlobal = isGlobal;
    this.isUnicode = isUnicode;
  }
}

/** A place among the segments of a text. */
export class SegmentCursor extends RuntimeRecord {
  /** `undefined` once it is exhausted. */
  segments: object | undefined;
  /** In code units. */
  index: number;

  constructor(segments: object | undefined, index: number) {
    super();
    this.segments = segments;
    this.index = index;
  }
}

/** The target of a `WeakRef`. It is held: whether a collector ran must not show. */
export class WeakRefCell extends RuntimeRecord {
  target: object | symbol | undefined;

  constructor(target: object | symbol | undefined) {
    super();
    this.target = target;
  }
}

/** A `FinalizationRegistry` never calls back; what can be seen of it is which tokens it knows. */
export class FinalizationCell extends RuntimeRecord {
  cleanup: unknown;
  /** Token → true, as a WeakMap. */
  tokens: object;

  constructor(cleanup: unknown, tokens: object) {
    super();
    this.cleanup = cleanup;
    this.tokens = tokens;
  }
}

export const DISPOSE_NOTHING = 0;
/** `method` is called on `value`. */
export const DISPOSE_USED = 1;
/** `method` is called with `value`. */
export const DISPOSE_ADOPTED = 2;
/** `method` is called with nothing. */
export const DISPOSE_DEFERRED = 3;
/** As `DISPOSE_USED`, of an async stack over a value that can only be disposed at once: nothing of it is awaited. */
export const DISPOSE_USED_SYNC = 4;

/** What a `DisposableStack` or `AsyncDisposableStack` has to dispose of. */
export class DisposableCell extends RuntimeRecord {
  isAsync: boolean;
  disposed: boolean;
  /** (how, value, method) …, how being one of `DISPOSE_…` */
  resources: unknown[];

  constructor(isAsync: boolean) {
    super();
    this.isAsync = isAsync;
    this.disposed = false;
    this.resources = [];
  }
}

/** Keys of a `for…in` that suspends. */
export class KeyList extends RuntimeRecord {
  object: object;
  keys: unknown[];
  /** The next one. */
  index: number;
  done: boolean;

  constructor(object: object, keys: unknown[]) {
    super();
    this.object = object;
    this.keys = keys;
    this.index = 0;
    this.done = false;
  }
}

/** The roots of a thread: all that a step needs to go on. */
export class Thread extends RuntimeRecord {
  /** Module scope object: own data properties named by `tables.globals`. */
  g: object;
  /** The promise of `main`; `undefined` before it ran. */
  main: object | undefined;
  /** Suspend promises and timers that a record may resume, the oldest first. */
  pending: object[];
  /** Queued jobs: none when idle, but a state can be taken between any two. */
  jobs: Job[];
  /** Timers due within the step. */
  macrotasks: Timer[];
  /** Rejected promises that nobody handled so far. */
  rejections: object[];
  /** The thread's `W.config`; `undefined`: as the program left it after load. */
  config: object | undefined;
  /** Step time of its first step, in milliseconds since the epoch. */
  startMs: number;
  /** How many auto ids the current step gave out. */
  nextAutoId: number;
  stackTraceLimit: unknown;

  constructor(g: object, startMs: number) {
    super();
    this.g = g;
    this.main = undefined;
    this.pending = [];
    this.jobs = [];
    this.macrotasks = [];
    this.rejections = [];
    this.config = undefined;
    this.startMs = startMs;
    this.nextAutoId = 1;
    this.stackTraceLimit = 30;
  }
}

/** Where an error was made: what its `stack` tells (`traces/stack.ts`). */
export class ErrorTrace extends RuntimeRecord {
  /** Name and message as the first reader of `stack` saw them. */
  header: string | undefined = undefined;
  /** Places of the calls in the program's code; `undefined` while only the engine has them. */
  places: unknown[] | undefined = undefined;
  /** The frames that awaited. */
  awaiting: unknown[];

  constructor(awaiting: unknown[]) {
    super();
    this.awaiting = awaiting;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: classes of different constructors in one table.
export type RecordClass = new (...args: any[]) => object;

export interface RecordEntry {
  readonly class: RecordClass;
  /** In the order in which they are saved. */
  readonly fields: readonly string[];
}

/** Index in this table = the record's number in a saved heap: only ever append. */
export const RECORDS: readonly RecordEntry[] = [
  { class: Job, fields: ["kind", "target", "value", "thenMethod"] },
  { class: ThenReaction, fields: ["target", "onFulfilled", "onRejected"] },
  { class: AdoptReaction, fields: ["target"] },
  { class: ElementReaction, fields: ["combinator", "index"] },
  { class: Capability, fields: ["promise", "resolve", "reject"] },
  { class: Combinator, fields: ["kind", "target", "values", "pending", "remaining"] },
  { class: ElementCell, fields: ["combinator", "index", "called"] },
  { class: ResolvingCell, fields: ["promise", "called"] },
  { class: FinallyCell, fields: ["onFinally", "species"] },
  { class: ValueCell, fields: ["value"] },
  { class: AsyncFrame, fields: ["d", "pc", "l", "promise", "awaiting"] },
  { class: GeneratorFrame, fields: ["d", "pc", "l", "status"] },
  { class: AsyncGeneratorFrame, fields: ["d", "pc", "l", "status", "queue", "awaiting"] },
  { class: AsyncGeneratorRequest, fields: ["mode", "value", "promise"] },
  { class: Suspension, fields: ["ref", "detached"] },
  { class: Timer, fields: ["ref", "callback", "arguments", "delayMs", "repeats", "active", "handle"] },
  { class: IteratorRecord, fields: ["i", "n", "done"] },
  { class: ArrayCursor, fields: ["target", "index", "kind"] },
  { class: StringCursor, fields: ["text", "index"] },
  // `native` is saved as the number of live entries left.
  { class: CollectionCursor, fields: ["target", "kind", "native"] },
  { class: AsyncFromSyncCell, fields: ["record", "done"] },
  { class: KeyList, fields: ["object", "keys", "index", "done"] },
  {
    class: Thread,
    fields: [
      "g",
      "main",
      "pending",
      "jobs",
      "macrotasks",
      "rejections",
      "config",
      "startMs",
      "nextAutoId",
      "stackTraceLimit",
    ],
  },
  { class: IteratorHelper, fields: ["kind", "over", "callback", "counter", "inner", "status"] },
  { class: RegExpStringCursor, fields: ["matcher", "text", "isGlobal", "isUnicode"] },
  { class: SegmentCursor, fields: ["segments", "index"] },
  { class: WeakRefCell, fields: ["target"] },
  { class: FinalizationCell, fields: ["cleanup", "tokens"] },
  { class: DisposableCell, fields: ["isAsync", "disposed", "resources"] },
  { class: ErrorTrace, fields: ["header", "places", "awaiting"] },
];
