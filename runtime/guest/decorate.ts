/** Decorators of TypeScript before 5.0 (compiler/parse/legacy-decorators.ts), applied as its `__decorate` does. */

import {
  isCallable,
  isObject,
  reflectApply,
  reflectDefineProperty,
  reflectGetOwnPropertyDescriptor,
} from "./primordials.ts";

type Decorator = (...args: unknown[]) => unknown;

/** `descriptor`: null for a method or accessor, which has one; undefined for a field; a class has no key. */
export function decorate(
  decorators: readonly (Decorator | undefined)[],
  target: object,
  key?: PropertyKey,
  descriptor?: null,
): unknown {
  const isClass = key === undefined;
  let result: unknown = isClass
    ? target
    : descriptor === null
      ? reflectGetOwnPropertyDescriptor(target, key)
      : undefined;
  for (let i = decorators.length - 1; i >= 0; i--) {
    const decorator = decorators[i];
    // Metadata, where nothing takes it.
    if (decorator === undefined) continue;
    const made = reflectApply(decorator, undefined, isClass ? [result] : [target, key, result]);
    if (made) result = made;
  }
  if (!isClass && isObject(result)) reflectDefineProperty(target, key, result);
  return result;
}

export function decorateParameter(index: number, decorator: Decorator): Decorator {
  return (target, key) => reflectApply(decorator, undefined, [target, key, index]);
}

/** What `emitDecoratorMetadata` tells of a type, for whoever has put `metadata` onto `Reflect`: reflect-metadata, for instance. */
export function typeMetadata(key: string, value: unknown): Decorator | undefined {
  const { metadata } = Reflect as { readonly metadata?: unknown };
  return isCallable(metadata) ? (reflectApply(metadata, Reflect, [key, value]) as Decorator) : undefined;
}
