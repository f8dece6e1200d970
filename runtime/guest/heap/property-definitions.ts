/**
 * The functions that define properties with attributes, replaced by ones that do the same and report where the target is an
 * array, a view or a function (`suspicion.ts`).
 */
import { touch } from "../image/breach.ts";
import {
  defineHidden,
  isArray,
  objectDefineProperty,
  reflectApply,
  reflectGetOwnPropertyDescriptor,
} from "../primordials.ts";
import { ProxySlot, proxiesAreUsed } from "../proxy-slot.ts";
import { isView } from "./natives.ts";
import { suspectAttributes, suspectFunction, suspectProperties, suspectViews } from "./suspicion.ts";

const { defineProperties } = Object;
const legacy = ["__defineGetter__", "__defineSetter__"] as const;

/** Shared mode does not freeze their properties: what a definition does to one is not seen by comparing values. */
const unfrozen: readonly unknown[] = [Array.prototype, Object.prototype, Function.prototype, RegExp.prototype];

export function noteDefinition(target: unknown): void {
  suspectProperties();
  noteOddProperties(target);
}

/** That this object has properties with chosen attributes from now on, whoever else may. */
export function noteOddProperties(target: unknown): void {
  touchUnfrozen(target);
  if (typeof target === "function") noteFunction(target);
  else if (typeof target === "object" && target !== null && ProxySlot.has(target)) noteProxy(target);
  else if (isArray(target)) suspectAttributes();
  else if (isView(target)) {
    suspectAttributes();
    suspectViews();
  }
}

function noteFunction(target: object): void {
  const isProxy = proxiesAreUsed() && ProxySlot.has(target);
  suspectFunction(isProxy ? undefined : target);
  if (isProxy) noteProxy(target);
}

function touchUnfrozen(target: unknown): void {
  for (let i = 0; i < unfrozen.length; i++) if (target === unfrozen[i]) touch(target);
}

/** Without a trap it is the target that is defined upon. */
function noteProxy(proxy: object): void {
  suspectAttributes();
  suspectViews();
  let target: object | undefined = proxy;
  while (target !== undefined && ProxySlot.has(target)) target = ProxySlot.target(target);
  touchUnfrozen(target);
}

const onObject = {
  defineProperty(target: never, key: never, property: never): object {
    noteDefinition(target);
    return objectDefineProperty(target, key, property);
  },
  defineProperties(target: never, properties: never): object {
    noteDefinition(target);
    return defineProperties(target, properties);
  },
};

/** `Reflect.defineProperty` was replaced before by the one that sees breaches: that one is wrapped. */
export function watchDefinitions(): void {
  const before = Reflect.defineProperty;
  const onReflect = {
    defineProperty(target: object, key: PropertyKey, property: PropertyDescriptor): boolean {
      noteDefinition(target);
      return before(target, key, property);
    },
  };
  defineHidden(Object, "defineProperty", onObject.defineProperty);
  defineHidden(Object, "defineProperties", onObject.defineProperties);
  defineHidden(Reflect, "defineProperty", onReflect.defineProperty);
  for (let i = 0; i < legacy.length; i++) {
    const native = reflectGetOwnPropertyDescriptor(Object.prototype, legacy[i]!)!.value as () => undefined;
    const method = {
      define(this: unknown, key: unknown, accessor: unknown): undefined {
        noteDefinition(this);
        return reflectApply(native, this, [key, accessor] as never) as undefined;
      },
    }.define;
    objectDefineProperty(method, "name", { __proto__: null, value: legacy[i], configurable: true } as object);
    defineHidden(Object.prototype, legacy[i]!, method);
  }
}
