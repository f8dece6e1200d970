/**
 * The operations after which an object's prototype no longer tells its kind (`suspicion.ts`): replaced by functions that do
 * the same and look whether a brand was hidden by it.
 */
import {
  defineHidden,
  isObject,
  mapGet,
  objectDefineProperty,
  objectSetPrototypeOf,
  reflectApply,
  reflectConstruct,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  reflectSetPrototypeOf,
} from "../primordials.ts";
import { constructingElsewhere, keepHomes } from "../private-names.ts";
import { BoundSlot, GeneratorSlot, ProxySlot, RecordSlot } from "../slots.ts";
import { brandedByPrototype, brandedKinds, hideRefusal, refusalOf } from "./brands.ts";
import { suspectPrototypes } from "./suspicion.ts";

/** Whether a brand is promised by a prototype of the object. */
function promisesBrand(value: object): boolean {
  for (let link: object | null = value; link !== null && !ProxySlot.has(link); link = reflectGetPrototypeOf(link)) {
    if (mapGet(brandedByPrototype, link) !== undefined) return true;
  }
  return false;
}

function isBranded(value: object): boolean {
  for (let i = 0; i < brandedKinds.length; i++) if (brandedKinds[i]!.is(value)) return true;
  return false;
}

/** `change` may take the promise of a brand from the object, or from those that inherit from it. */
export function watched<T>(value: unknown, change: () => T): T {
  if (!isObject(value) || ProxySlot.has(value)) return change();
  const refusal = refusalOf(value);
  const before = promisesBrand(value) || RecordSlot.has(value) || GeneratorSlot.has(value);
  const result = keepHomes(value, change);
  if (before && !promisesBrand(value)) suspectPrototypes();
  if (refusal !== undefined && refusalOf(value) === undefined) hideRefusal(value, refusal);
  return result;
}

/** What `construct` made with a foreign `new.target` may be a native that only its constructor tells. */
function watchConstruction(called: object, made: object): void {
  if (ProxySlot.has(made) || promisesBrand(made)) return;
  if (isBranded(made)) suspectPrototypes();
  let target: object | undefined = called;
  while (target !== undefined && (BoundSlot.has(target) || ProxySlot.has(target))) {
    target = BoundSlot.has(target) ? BoundSlot.target(target) : ProxySlot.target(target);
  }
  const prototype: unknown =
    target === undefined ? undefined : reflectGetOwnPropertyDescriptor(target, "prototype")?.value;
  const refusal = isObject(prototype) ? refusalOf(prototype) : undefined;
  if (refusal === undefined) return;
  suspectPrototypes();
  hideRefusal(made, refusal);
}

const setProto = reflectGetOwnPropertyDescriptor(Object.prototype, "__proto__")!;

const replacements = {
  setPrototypeOf(target: object, prototype: object | null): object {
    return watched(target, () => objectSetPrototypeOf(target, prototype) as object);
  },
};

const reflections = {
  setPrototypeOf(target: object, prototype: object | null): boolean {
    return watched(target, () => reflectSetPrototypeOf(target, prototype));
  },
  construct(target: never, argumentsList: never, ...newTarget: object[]): object {
    if (newTarget.length === 0 || newTarget[0] === target) return reflectConstruct(target, argumentsList) as object;
    const construct = (): object => reflectConstruct(target, argumentsList, newTarget[0] as never) as object;
    const made = constructingElsewhere(construct);
    watchConstruction(target, made);
    return made;
  },
};

const accessor = {
  set ["__proto__"](prototype: object | null) {
    watched(this, () => reflectApply(setProto.set as () => void, this, [prototype] as never));
  },
};

export function watchPrototypes(): void {
  objectDefineProperty(reflections.construct, "length", { value: 2 });
  defineHidden(Object, "setPrototypeOf", replacements.setPrototypeOf);
  defineHidden(Reflect, "setPrototypeOf", reflections.setPrototypeOf);
  defineHidden(Reflect, "construct", reflections.construct);
  const { set } = reflectGetOwnPropertyDescriptor(accessor, "__proto__")!;
  objectDefineProperty(Object.prototype, "__proto__", {
    get: setProto.get!,
    set: set!,
    enumerable: false,
    configurable: true,
  });
}
