/**
 * The functions that define properties with attributes, replaced by ones that do the same and report where the target is an
 * array or a function (`suspicion.ts`).
 */
import {
  defineHidden,
  isArray,
  objectDefineProperty,
  reflectApply,
  reflectGetOwnPropertyDescriptor,
} from "../primordials.ts";
import { ProxySlot } from "../slots.ts";
import { suspectAttributes } from "./suspicion.ts";

const { defineProperties } = Object;
const legacy = ["__defineGetter__", "__defineSetter__"] as const;

export function noteDefinition(target: unknown): void {
  if (
    typeof target === "function" ||
    isArray(target) ||
    (typeof target === "object" && target !== null && ProxySlot.has(target))
  ) {
    suspectAttributes();
  }
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
