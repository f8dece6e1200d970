/**
 * `import()` of what is not in the program: no program is loaded at run time, so the promise is rejected by a named error. What
 * is wrong with the arguments themselves is said first, as the standard has it.
 */
import type { ErrorCode } from "./errors.ts";
import { defineHidden, isObject, jsonStringify, NativeTypeError, objectKeys, reflectGet } from "./primordials.ts";
import { newPromise, rejectPromise } from "./promise/operations.ts";

/** `$k.importing`: `import()` of what is not in the program, where the compiler let it stand. */
export function importUnknown(specifier: unknown, options?: unknown): object {
  const promise = newPromise();
  try {
    const name = `${specifier as string}`;
    checkAttributes(options);
    rejectPromise(promise, missing(name));
  } catch (error) {
    rejectPromise(promise, error);
  }
  return promise;
}

/** A TypeError, as where no module can be loaded at all. */
function missing(name: string): Error {
  const error = new NativeTypeError(`import(${jsonStringify(name)}): no such module is in the program.`);
  defineHidden(error, "code", "UnsupportedAtRunTime" satisfies ErrorCode);
  return error;
}

function checkAttributes(options: unknown): void {
  if (options === undefined) return;
  if (!isObject(options)) throw new NativeTypeError("The second argument of import() must be an object");
  const { with: attributes } = options as { with: unknown };
  if (attributes === undefined) return;
  if (!isObject(attributes)) throw new NativeTypeError("The 'with' option of import() must be an object");
  const keys = objectKeys(attributes);
  for (let i = 0; i < keys.length; i++) {
    if (typeof reflectGet(attributes, keys[i]!) !== "string") {
      throw new NativeTypeError("Import attribute values must be strings");
    }
  }
}
