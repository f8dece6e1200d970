/**
 * `DisposableStack` and `AsyncDisposableStack` (ECMAScript, "Explicit Resource Management"): what they hold is a record that a
 * state can hold, and the async one works over our promises.
 */
import { RESUME_THROW } from "#protocol";
import { startAsync, suspendOnAwait } from "../frames/async.ts";
import {
  append,
  defineHidden,
  isCallable,
  isObject,
  NativeReferenceError,
  NativeSuppressedError,
  NativeTypeError,
  objectCreate,
  reflectApply,
  reflectConstruct,
  symbolAsyncDispose,
  symbolDispose,
} from "../primordials.ts";
import { describe } from "../promise/operations.ts";
import {
  type AsyncFrame,
  DISPOSE_ADOPTED,
  DISPOSE_DEFERRED,
  DISPOSE_NOTHING,
  DISPOSE_USED,
  DISPOSE_USED_SYNC,
  DisposableCell,
} from "../records.ts";
import { runtimeFrame } from "../registry.ts";
import { RecordSlot } from "../slots.ts";
import { asConstructor, incompatible, prototypeFrom, replaceMethods } from "./builtin.ts";

type Method = (...args: unknown[]) => unknown;

const syncPrototype: object = DisposableStack.prototype;
const asyncPrototype: object = AsyncDisposableStack.prototype;

function make(name: string, isAsync: boolean, newTarget: unknown): object {
  if (newTarget === undefined) throw new NativeTypeError(`Constructor ${name} requires 'new'`);
  const stack = objectCreate(prototypeFrom(newTarget, isAsync ? asyncPrototype : syncPrototype)) as object;
  new RecordSlot(stack, new DisposableCell(isAsync));
  return stack;
}

function OwnDisposableStack(): object {
  return make("DisposableStack", false, new.target);
}

function OwnAsyncDisposableStack(): object {
  return make("AsyncDisposableStack", true, new.target);
}

function nameOf(isAsync: boolean): string {
  return isAsync ? "AsyncDisposableStack" : "DisposableStack";
}

function cellOf(value: unknown, isAsync: boolean, method: string): DisposableCell {
  const cell = isObject(value) ? RecordSlot.get(value) : undefined;
  if (cell instanceof DisposableCell && cell.isAsync === isAsync) return cell;
  return incompatible(`${nameOf(isAsync)}.prototype.${method}`, value);
}

/** A stack that can still take something. */
function openCell(value: unknown, isAsync: boolean, method: string): DisposableCell {
  const cell = cellOf(value, isAsync, method);
  if (!cell.disposed) return cell;
  const name = nameOf(isAsync);
  throw new NativeReferenceError(`Cannot call ${name}.prototype.${method} on an already-disposed ${name}`);
}

function add({ resources }: DisposableCell, how: number, value: unknown, method: unknown): void {
  append(resources, how);
  append(resources, value);
  append(resources, method);
}

/** AddDisposableResource for `use`. */
function use(cell: DisposableCell, value: unknown): void {
  if (value === null || value === undefined) {
    // An async stack awaits once for it.
    if (cell.isAsync) add(cell, DISPOSE_NOTHING, undefined, undefined);
    return;
  }
  if (!isObject(value)) throw new NativeTypeError("An object is expected with `using` declarations");
  let how = DISPOSE_USED;
  let method: unknown;
  if (cell.isAsync) {
    method = (value as { [symbolAsyncDispose]: unknown })[symbolAsyncDispose];
    if (method === undefined || method === null) {
      method = (value as { [symbolDispose]: unknown })[symbolDispose];
      how = DISPOSE_USED_SYNC;
    }
  } else method = (value as { [symbolDispose]: unknown })[symbolDispose];
  if (!isCallable(method)) {
    throw new NativeTypeError(`Symbol(Symbol.${cell.isAsync ? "asyncDispose" : "dispose"}) is not a function`);
  }
  add(cell, how, value, method);
}

function callable(value: unknown): unknown {
  if (!isCallable(value)) throw new NativeTypeError(`${describe(value)} is not a function`);
  return value;
}

function methodsOf(isAsync: boolean, prototype: object): object {
  return {
    use(this: unknown, value: unknown): unknown {
      use(openCell(this, isAsync, "use"), value);
      return value;
    },
    adopt(this: unknown, value: unknown, onDispose: unknown): unknown {
      const cell = openCell(this, isAsync, "adopt");
      add(cell, DISPOSE_ADOPTED, value, callable(onDispose));
      return value;
    },
    defer(this: unknown, onDispose: unknown): void {
      const cell = openCell(this, isAsync, "defer");
      add(cell, DISPOSE_DEFERRED, undefined, callable(onDispose));
    },
    move(this: unknown): object {
      const cell = openCell(this, isAsync, "move");
      const moved = objectCreate(prototype) as object;
      const taken = new DisposableCell(isAsync);
      taken.resources = cell.resources;
      new RecordSlot(moved, taken);
      cell.resources = [];
      cell.disposed = true;
      return moved;
    },
    get disposed(): boolean {
      return cellOf(this, isAsync, "disposed").disposed;
    },
  };
}

/** Takes the last resource off the list; gives what its disposal gives. */
function disposeLast(resources: unknown[]): unknown {
  const at = resources.length - 3;
  const how = resources[at];
  const value = resources[at + 1];
  const method = resources[at + 2] as Method;
  resources.length = at;
  switch (how) {
    case DISPOSE_NOTHING:
      return undefined;
    case DISPOSE_ADOPTED:
      return reflectApply(method, undefined, [value]);
    case DISPOSE_DEFERRED:
      return reflectApply(method, undefined, []);
    case DISPOSE_USED_SYNC:
      reflectApply(method, value, []);
      return undefined;
    default:
      return reflectApply(method, value, []);
  }
}

/** What is thrown in the end: the newest error, with the one before it in its `suppressed`. */
function suppressing(error: unknown, hadError: boolean, before: unknown): unknown {
  if (!hadError) return error;
  return reflectConstruct(NativeSuppressedError, [error, before, "An error was suppressed during disposal"]);
}

/** Marks a stack as disposed; `undefined` when it was before. */
function takeResources(cell: DisposableCell): unknown[] | undefined {
  if (cell.disposed) return undefined;
  cell.disposed = true;
  const { resources } = cell;
  cell.resources = [];
  return resources;
}

const onSync = {
  dispose(this: unknown): void {
    const resources = takeResources(cellOf(this, false, "dispose"));
    if (resources === undefined) return;
    let hadError = false;
    let thrown: unknown;
    while (resources.length > 0) {
      try {
        disposeLast(resources);
      } catch (error) {
        thrown = suppressing(error, hadError, thrown);
        hadError = true;
      }
    }
    if (hadError) throw thrown;
  },
};

const START = 0;
const DISPOSED = 1;
const NOTHING = 2;

/** Locals: the stack, its resources, whether there was an error, the error, whether an `await` is owed. */
type Locals = [unknown, unknown[], boolean, unknown, boolean];

/** DisposeResources: disposes until one has to be awaited. */
function proceed(frame: AsyncFrame, locals: Locals): unknown {
  const resources = locals[1];
  while (resources.length > 0) {
    if (resources[resources.length - 3] === DISPOSE_NOTHING) {
      disposeLast(resources);
      locals[4] = true;
      continue;
    }
    let result: unknown;
    try {
      result = disposeLast(resources);
    } catch (error) {
      locals[3] = suppressing(error, locals[2], locals[3]);
      locals[2] = true;
      continue;
    }
    locals[4] = false;
    return suspendOnAwait(frame, result, DISPOSED, locals);
  }
  if (locals[4]) {
    locals[4] = false;
    return suspendOnAwait(frame, undefined, NOTHING, locals);
  }
  if (locals[2]) throw locals[3];
  return undefined;
}

const disposeFrame = runtimeFrame((given, mode, value) => {
  const frame = given as AsyncFrame;
  const locals = frame.l as Locals;
  if (frame.pc === START) {
    const resources = takeResources(cellOf(locals[0], true, "disposeAsync"));
    if (resources === undefined) return undefined;
    locals[1] = resources;
  } else if (mode === RESUME_THROW) {
    locals[3] = suppressing(value, locals[2], locals[3]);
    locals[2] = true;
  }
  return proceed(frame, locals);
});

const onAsync = {
  disposeAsync(this: unknown): object {
    return startAsync(disposeFrame, [this, [], false, undefined, false]);
  },
};

export function installDisposableStacks(global: object): void {
  for (const [made, prototype, isAsync, methods] of [
    [OwnDisposableStack, syncPrototype, false, onSync],
    [OwnAsyncDisposableStack, asyncPrototype, true, onAsync],
  ] as const) {
    const name = nameOf(isAsync);
    asConstructor(made, name, 0, prototype);
    replaceMethods(prototype, { ...methods });
    replaceMethods(prototype, methodsOf(isAsync, prototype));
    defineHidden(global, name, made);
  }
  defineHidden(syncPrototype, symbolDispose, onSync.dispose);
  defineHidden(asyncPrototype, symbolAsyncDispose, onAsync.disposeAsync);
}
