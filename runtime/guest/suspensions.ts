/**
 * Suspensions: promises that a record resumes by name. Several waits on one name are served first come, first served.
 *
 * A suspension is registered from its making until it is resumed or cancelled. One whose last await was cancelled is
 * detached (it holds nothing any more, I7) and comes back when something awaits it again.
 */

import { currentThread, requireStep, requireThread } from "./current.ts";
import { guestError } from "./errors.ts";
import {
  append,
  defineFixed,
  defineGetter,
  defineHidden,
  NativeTypeError,
  objectCreate,
  objectDefineProperty,
  objectSetPrototypeOf,
  stringCharCodeAt,
  symbolSpecies,
  symbolToStringTag,
} from "./primordials.ts";
import { intrinsics, isPromise } from "./promise/operations.ts";
import { Suspension, Timer } from "./records.ts";
import { PromiseSlot, PromiseState } from "./slots.ts";

/** The class of what `suspend` gives: a promise with an `id`. */
export function Suspend(): never {
  throw new NativeTypeError("A Suspend is made by suspend(), not by its constructor.");
}

/** Makes `Suspend` a subclass of `Promise` whose `then` derives ordinary promises. */
export function installSuspend(): void {
  objectSetPrototypeOf(Suspend, intrinsics.Promise);
  const prototype = objectCreate(intrinsics.prototype) as object;
  objectDefineProperty(Suspend, "prototype", { value: prototype, writable: false });
  defineHidden(prototype, "constructor", Suspend);
  defineFixed(prototype, symbolToStringTag, "Suspend");
  defineGetter(Suspend, symbolSpecies, () => intrinsics.Promise);
  defineGetter(prototype, "id", function id(this: unknown) {
    const source = isPromise(this) ? PromiseSlot.of(this).source : undefined;
    if (!(source instanceof Suspension)) throw new NativeTypeError("Suspend.id called on something else");
    return source.ref;
  });
}

/** Ids of this form are the engine's: `<stepId>:<n>`. */
function isAutoId(ref: string): boolean {
  let digits = 0;
  let colons = 0;
  for (let i = 0; i < ref.length; i++) {
    const code = stringCharCodeAt(ref, i);
    if (code === 58 && digits > 0 && colons === 0) {
      colons++;
      digits = 0;
    } else if (code >= 48 && code <= 57) digits++;
    else return false;
  }
  return colons === 1 && digits > 0;
}

/** The next id that the engine gives out for this step: unique in the thread, because step ids only grow. */
export function nextAutoId(what: string): string {
  return `${requireStep(what).stepId}:${requireThread(what).nextAutoId++}`;
}

export function suspend(id?: unknown): object {
  const thread = requireThread("suspend");
  if (id !== undefined && typeof id !== "string") throw new NativeTypeError("suspend(id): the id must be a string");
  if (id !== undefined && isAutoId(id)) {
    throw guestError("ReservedSuspensionId", `suspend("${id}"): ids of the form <digits>:<digits> are the engine's.`);
  }
  const promise = objectCreate((Suspend as unknown as { prototype: object }).prototype) as object;
  const state = new PromiseState();
  state.source = new Suspension(id ?? nextAutoId("suspend"));
  new PromiseSlot(promise, state);
  append(thread.pending, promise);
  return promise;
}

/** The name by which a record resumes what is pending. */
export function refOf(pending: object): string {
  return pending instanceof Timer ? pending.ref : (PromiseSlot.of(pending).source as Suspension).ref;
}

/** Before a suspension settles: its promise loses the source that knows the id. */
export function keepId(promise: object): void {
  const { source } = PromiseSlot.of(promise);
  if (source instanceof Suspension) defineFixed(promise, "id", source.ref);
}

/** The oldest that waits for this name. */
export function findPending(ref: string): object | undefined {
  const list = currentThread()?.pending;
  if (list === undefined) return undefined;
  for (let i = 0; i < list.length; i++) if (refOf(list[i]!) === ref) return list[i];
  return undefined;
}
