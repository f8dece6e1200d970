/**
 * `WeakRef` and `FinalizationRegistry` without a collector: a target is held and counts as reached, a callback is never
 * called. When the engine's would let go depends on memory, which no step may see (I2).
 */
import { addWeakEntry, deleteWeakEntry } from "../globals/weak-collections.ts";
import {
  defineHidden,
  isCallable,
  isObject,
  NativeTypeError,
  NativeWeakSet,
  objectCreate,
  symbolKeyFor,
  toStringValue,
} from "../primordials.ts";
import { FinalizationCell, WeakRefCell } from "../records.ts";
import { RecordSlot } from "../slots.ts";
import type { WeakKeyValue } from "../weak-entries.ts";
import { asConstructor, incompatible, prototypeFrom, replaceMethods } from "./builtin.ts";

const weakRefPrototype: object = WeakRef.prototype;
const registryPrototype: object = FinalizationRegistry.prototype;

/** CanBeHeldWeakly */
function canBeHeld(value: unknown): value is WeakKeyValue {
  return typeof value === "symbol" ? symbolKeyFor(value) === undefined : isObject(value);
}

function OwnWeakRef(target: unknown): object {
  if (new.target === undefined) throw new NativeTypeError("Constructor WeakRef requires 'new'");
  if (!canBeHeld(target)) throw new NativeTypeError("WeakRef: invalid target");
  const reference = objectCreate(prototypeFrom(new.target, weakRefPrototype)) as object;
  new RecordSlot(reference, new WeakRefCell(target));
  return reference;
}

const onWeakRef = {
  deref(this: unknown): unknown {
    const cell = isObject(this) ? RecordSlot.get(this) : undefined;
    return cell instanceof WeakRefCell ? cell.target : incompatible("WeakRef.prototype.deref", this);
  },
};

function OwnFinalizationRegistry(cleanup: unknown): object {
  if (new.target === undefined) throw new NativeTypeError("Constructor FinalizationRegistry requires 'new'");
  if (!isCallable(cleanup)) throw new NativeTypeError("FinalizationRegistry: cleanup must be callable");
  const made = objectCreate(prototypeFrom(new.target, registryPrototype)) as object;
  new RecordSlot(made, new FinalizationCell(cleanup, new NativeWeakSet()));
  return made;
}

function cellOf(value: unknown, method: string): FinalizationCell {
  const cell = isObject(value) ? RecordSlot.get(value) : undefined;
  return cell instanceof FinalizationCell ? cell : incompatible(`FinalizationRegistry.prototype.${method}`, value);
}

function shown(token: unknown): string {
  return isObject(token) ? "#<Object>" : toStringValue(token);
}

const onRegistry = {
  register(this: unknown, target: unknown, held: unknown, ...rest: unknown[]): void {
    const { tokens } = cellOf(this, "register");
    const token = rest[0];
    if (!canBeHeld(target)) throw new NativeTypeError("FinalizationRegistry.prototype.register: invalid target");
    if (held === target) {
      throw new NativeTypeError("FinalizationRegistry.prototype.register: target and holdings must not be same");
    }
    if (canBeHeld(token)) addWeakEntry(tokens as WeakSet<WeakKeyValue>, token);
    else if (token !== undefined) throw new NativeTypeError(`Invalid unregisterToken ('${shown(token)}')`);
  },
  unregister(this: unknown, token: unknown): boolean {
    const { tokens } = cellOf(this, "unregister");
    if (!canBeHeld(token)) throw new NativeTypeError(`Invalid unregisterToken ('${shown(token)}')`);
    return deleteWeakEntry(tokens, token, false);
  },
};

export function installWeakReferences(global: object): void {
  for (const [made, name, prototype, methods] of [
    [OwnWeakRef, "WeakRef", weakRefPrototype, onWeakRef],
    [OwnFinalizationRegistry, "FinalizationRegistry", registryPrototype, onRegistry],
  ] as const) {
    asConstructor(made, name, 1, prototype);
    replaceMethods(prototype, methods);
    defineHidden(global, name, made);
  }
}
