/**
 * `Iterator.prototype.map`, `filter`, `take`, `drop`, `flatMap` and `Iterator.from` (ECMAScript, "Iterator Helper Objects"):
 * the place in each is a record that a state can hold. What consumes an iterator at once (`toArray`, `reduce`, …) stays the
 * engine's.
 */
import { iteratorClose } from "../iterators.ts";
import {
  isCallable,
  isObject,
  NativeRangeError,
  NativeTypeError,
  objectCreate,
  reflectApply,
  reflectGetPrototypeOf,
  symbolIterator,
  toStringValue,
  trunc,
} from "../primordials.ts";
import {
  COMPLETED,
  EXECUTING,
  HELPER_DROP,
  HELPER_FILTER,
  HELPER_FLAT_MAP,
  HELPER_MAP,
  HELPER_TAKE,
  IteratorHelper,
  IteratorRecord,
  SUSPENDED_START,
  SUSPENDED_YIELD,
} from "../records.ts";
import { RecordSlot } from "../slots.ts";
import { incompatible, replaceMethods } from "./builtin.ts";
import { ownIteration } from "./explicit-iteration.ts";
import { iteratorPrototype, sharedPrototypes } from "./prototypes.ts";

type Method = (...args: unknown[]) => unknown;

interface Step {
  done: unknown;
  value: unknown;
}

/** GetIteratorDirect */
function direct(iterator: object): IteratorRecord {
  return new IteratorRecord(iterator, (iterator as { next: unknown }).next);
}

/** IteratorStepValue; `undefined` with `record.done` set: at the end. */
function stepValue(record: IteratorRecord): unknown {
  let result: unknown;
  try {
    result = reflectApply(record.n as Method, record.i, []);
    if (!isObject(result)) throw new NativeTypeError(`Iterator result ${toStringValue(result)} is not an object`);
    if ((result as Step).done) {
      record.done = true;
      return undefined;
    }
    return (result as Step).value;
  } catch (error) {
    record.done = true;
    throw error;
  }
}

/** IteratorClose for an error that is on its way, which it throws on. */
function closeAndThrow(record: IteratorRecord, error: unknown): never {
  iteratorClose(record, true);
  throw error;
}

/** Calls a callback of the script; an error of it closes the iterator. */
function ask(record: IteratorRecord, callback: unknown, value: unknown, counter: number): unknown {
  try {
    return reflectApply(callback as Method, undefined, [value, counter]);
  } catch (error) {
    return closeAndThrow(record, error);
  }
}

/** GetIteratorFlattenable */
function flattenable(value: unknown, method: unknown): IteratorRecord {
  let iterator: unknown = value;
  if (method !== undefined && method !== null) {
    if (!isCallable(method)) throw new NativeTypeError(`${typeof method} is not a function`);
    iterator = reflectApply(ownIteration(method) as Method, value, []);
    if (!isObject(iterator)) throw new NativeTypeError("Result of the Symbol.iterator method is not an object");
  }
  return direct(iterator as object);
}

function iteratorMethod(value: unknown): unknown {
  return (value as { [symbolIterator]: unknown })[symbolIterator];
}

/** The next value of a helper; `undefined` with `helper.status` COMPLETED: at the end. */
function advance(helper: IteratorHelper): unknown {
  switch (helper.kind) {
    case HELPER_MAP:
      return advanceMap(helper);
    case HELPER_FILTER:
      return advanceFilter(helper);
    case HELPER_TAKE:
      return advanceTake(helper);
    case HELPER_DROP:
      return advanceDrop(helper);
    default:
      return advanceFlatMap(helper);
  }
}

/** The next value of what the helper is over. */
function underlying(helper: IteratorHelper): unknown {
  const value = stepValue(helper.over);
  if (helper.over.done) helper.status = COMPLETED;
  return value;
}

function advanceMap(helper: IteratorHelper): unknown {
  const value = underlying(helper);
  if (helper.over.done) return undefined;
  return ask(helper.over, helper.callback, value, helper.counter++);
}

function advanceFilter(helper: IteratorHelper): unknown {
  for (;;) {
    const value = underlying(helper);
    if (helper.over.done || ask(helper.over, helper.callback, value, helper.counter++)) return value;
  }
}

function advanceTake(helper: IteratorHelper): unknown {
  if (helper.counter === 0) {
    helper.status = COMPLETED;
    iteratorClose(helper.over, false);
    return undefined;
  }
  if (helper.counter !== Infinity) helper.counter--;
  return underlying(helper);
}

function advanceDrop(helper: IteratorHelper): unknown {
  while (helper.counter > 0) {
    if (helper.counter !== Infinity) helper.counter--;
    underlying(helper);
    if (helper.over.done) return undefined;
  }
  return underlying(helper);
}

function advanceFlatMap(helper: IteratorHelper): unknown {
  for (;;) {
    const { over } = helper;
    if (helper.inner === undefined) {
      const value = underlying(helper);
      if (over.done) return undefined;
      const mapped = ask(over, helper.callback, value, helper.counter++);
      try {
        if (!isObject(mapped)) throw new NativeTypeError("Iterator.prototype.flatMap called on non-object");
        helper.inner = flattenable(mapped, iteratorMethod(mapped));
      } catch (error) {
        closeAndThrow(over, error);
      }
    }
    const { inner } = helper;
    try {
      const value = stepValue(inner!);
      if (!inner!.done) return value;
    } catch (error) {
      closeAndThrow(over, error);
    }
    helper.inner = undefined;
  }
}

function helperOf(value: unknown, method: string): IteratorHelper {
  const record = isObject(value) ? RecordSlot.get(value) : undefined;
  return record instanceof IteratorHelper ? record : incompatible(`Iterator Helper.prototype.${method}`, value);
}

function refuseRunning(helper: IteratorHelper): void {
  if (helper.status === EXECUTING) throw new NativeTypeError("Generator is already running");
}

/** Closes what a helper is in the middle of, the inner first. */
function closeAll({ over, inner }: IteratorHelper): void {
  if (inner !== undefined) {
    try {
      iteratorClose(inner, false);
    } catch (error) {
      closeAndThrow(over, error);
    }
  }
  iteratorClose(over, false);
}

const onHelper = {
  next(this: unknown): unknown {
    const helper = helperOf(this, "next");
    refuseRunning(helper);
    if (helper.status === COMPLETED) return { value: undefined, done: true };
    helper.status = EXECUTING;
    let value: unknown;
    try {
      value = advance(helper);
    } catch (error) {
      release(helper);
      throw error;
    }
    if (helper.status === COMPLETED) {
      release(helper);
      return { value: undefined, done: true };
    }
    helper.status = SUSPENDED_YIELD;
    return { value, done: false };
  },
  return(this: unknown): unknown {
    const helper = helperOf(this, "return");
    refuseRunning(helper);
    const { status } = helper;
    if (status === SUSPENDED_START) {
      helper.status = COMPLETED;
      iteratorClose(helper.over, false);
    } else if (status === SUSPENDED_YIELD) {
      helper.status = EXECUTING;
      try {
        closeAll(helper);
      } finally {
        release(helper);
      }
    }
    return { value: undefined, done: true };
  },
};

/** A helper that has ended holds nothing. */
function release(helper: IteratorHelper): void {
  helper.status = COMPLETED;
  helper.inner = undefined;
  helper.callback = undefined;
}

function over(receiver: unknown, name: string): object {
  if (!isObject(receiver)) throw new NativeTypeError(`Iterator.prototype.${name} called on non-object`);
  return receiver;
}

/** An argument that will not do closes the iterator, whose `next` nobody has asked for yet. */
function refuse(iterator: object, error: unknown): never {
  return closeAndThrow(new IteratorRecord(iterator, undefined), error);
}

function make(kind: number, iterator: object, callback: unknown, counter: number): object {
  const helper = objectCreate(sharedPrototypes.iteratorHelper) as object;
  new RecordSlot(helper, new IteratorHelper(kind, direct(iterator), callback, counter));
  return helper;
}

function withCallback(kind: number, receiver: unknown, callback: unknown, name: string): object {
  const iterator = over(receiver, name);
  if (!isCallable(callback)) {
    refuse(iterator, new NativeTypeError(`${typeof callback} ${toStringValue(callback)} is not a function`));
  }
  return make(kind, iterator, callback, 0);
}

function withLimit(kind: number, receiver: unknown, limit: unknown, name: string): object {
  const iterator = over(receiver, name);
  let count = 0;
  try {
    count = toNumber(limit);
    if (!(trunc(count) >= 0)) {
      throw new NativeRangeError(`${typeof limit === "symbol" ? "limit" : toStringValue(limit)} must be positive`);
    }
  } catch (error) {
    refuse(iterator, error);
  }
  return make(kind, iterator, undefined, trunc(count) + 0);
}

/** ToNumber: of a BigInt it throws, where `Number` does not. */
function toNumber(value: unknown): number {
  return +(value as number);
}

const onIterator = {
  map(this: unknown, mapper: unknown): object {
    return withCallback(HELPER_MAP, this, mapper, "map");
  },
  filter(this: unknown, predicate: unknown): object {
    return withCallback(HELPER_FILTER, this, predicate, "filter");
  },
  take(this: unknown, limit: unknown): object {
    return withLimit(HELPER_TAKE, this, limit, "take");
  },
  drop(this: unknown, limit: unknown): object {
    return withLimit(HELPER_DROP, this, limit, "drop");
  },
  flatMap(this: unknown, mapper: unknown): object {
    return withCallback(HELPER_FLAT_MAP, this, mapper, "flatMap");
  },
};

/** Whether an object inherits from `Iterator.prototype`; asks proxies, as `instanceof` does. */
function isIterator(value: object): boolean {
  for (let link = reflectGetPrototypeOf(value); link !== null; link = reflectGetPrototypeOf(link)) {
    if (link === iteratorPrototype) return true;
  }
  return false;
}

const statics = {
  from(value: unknown): object {
    if (!isObject(value) && typeof value !== "string") throw new NativeTypeError("Iterator.from called on non-object");
    const record = flattenable(value, iteratorMethod(value));
    if (isIterator(record.i)) return record.i;
    const wrapper = objectCreate(sharedPrototypes.wrapForValidIterator) as object;
    new RecordSlot(wrapper, record);
    return wrapper;
  },
};

function wrappedBy(value: unknown, method: string): IteratorRecord {
  const record = isObject(value) ? RecordSlot.get(value) : undefined;
  return record instanceof IteratorRecord ? record : incompatible(`%WrapForValidIteratorPrototype%.${method}`, value);
}

const onWrapper = {
  next(this: unknown): unknown {
    const { i, n } = wrappedBy(this, "next");
    return reflectApply(n as Method, i, []);
  },
  return(this: unknown): unknown {
    const { i } = wrappedBy(this, "return");
    const method = (i as { return?: unknown }).return;
    if (method === undefined || method === null) return { value: undefined, done: true };
    return reflectApply(method as Method, i, []);
  },
};

export function installIteratorHelpers(): void {
  replaceMethods(iteratorPrototype, onIterator);
  replaceMethods(Iterator, statics);
  replaceMethods(sharedPrototypes.iteratorHelper, onHelper);
  replaceMethods(sharedPrototypes.wrapForValidIterator, onWrapper);
}
