/**
 * Generators: the abstract operations GeneratorStart, GeneratorResume and GeneratorResumeAbrupt over frames. The realm's
 * own %GeneratorPrototype% serves generator objects of compiled code by their slot, and native ones as before.
 */

import { RESUME_NEXT, RESUME_RETURN, RESUME_THROW } from "#protocol";
import { noteError } from "../image/breach.ts";
import {
  defineHidden,
  isObject,
  NativeTypeError,
  objectCreate,
  reflectApply,
  reflectGetPrototypeOf,
} from "../primordials.ts";
import {
  type AsyncGeneratorFrame,
  COMPLETED,
  EXECUTING,
  GeneratorFrame,
  SUSPENDED_START,
  SUSPENDED_YIELD,
} from "../records.ts";
import type { Definition } from "../registry.ts";
import { GeneratorSlot } from "../slots.ts";
import { SUSPENDED } from "./async.ts";
import { yieldAsync } from "./async-generator.ts";
import { prototypeFor } from "./prototype.ts";

/** %GeneratorFunction.prototype%, whose `prototype` is %GeneratorPrototype%; and what generators' objects inherit. */
export const generatorFunctionPrototype = reflectGetPrototypeOf(function* () {}) as object & { prototype: object };
const { prototype: generatorPrototype } = generatorFunctionPrototype;
const native = {
  next: (generatorPrototype as Iterator<unknown>).next as () => unknown,
  return: (generatorPrototype as Iterator<unknown>).return as () => unknown,
  throw: (generatorPrototype as Iterator<unknown>).throw as () => unknown,
};

/** The native `next`, for the bodies of modules, which the linker writes as generators. */
export const nativeGeneratorNext = native.next;

/** What the running frame yields: set by `yield`, taken by the `resume` below it on the stack. */
let yielded: unknown;
/** The frame yields an iterator result of its own, which goes out as it is (`yield*`). */
let yieldsResult = false;

/** `$k.generator` */
export function startGenerator(definition: Definition, locals: unknown[], owner: unknown): object {
  const generator = objectCreate(prototypeFor(owner, generatorPrototype)) as object;
  new GeneratorSlot(generator, new GeneratorFrame(definition, locals));
  return generator;
}

/** `$k.yield` */
export function suspendOnYield(
  frame: GeneratorFrame | AsyncGeneratorFrame,
  value: unknown,
  site: number,
  locals: unknown[],
): object {
  frame.pc = site;
  frame.l = locals;
  if (frame instanceof GeneratorFrame) yielded = value;
  else yieldAsync(frame, value);
  return SUSPENDED;
}

/** `$k.delegate`: `yield*` passes the inner iterator's result object on. */
export function suspendOnDelegate(frame: GeneratorFrame, result: unknown, site: number, locals: unknown[]): object {
  yieldsResult = true;
  return suspendOnYield(frame, result, site, locals);
}

function complete(frame: GeneratorFrame): void {
  frame.status = COMPLETED;
  frame.l = undefined;
}

function resume(frame: GeneratorFrame, mode: number, value: unknown): unknown {
  frame.status = EXECUTING;
  let result: unknown;
  try {
    result = frame.d.step!(frame as never, mode, value);
  } catch (error) {
    complete(frame);
    // A loop that closes the generator because of another error drops this one.
    throw noteError(error);
  }
  if (result !== SUSPENDED) {
    complete(frame);
    return { value: result, done: true };
  }
  frame.status = SUSPENDED_YIELD;
  const out = yielded;
  yielded = undefined;
  if (!yieldsResult) return { value: out, done: false };
  yieldsResult = false;
  return out;
}

function frameOf(generator: unknown): GeneratorFrame | undefined {
  const frame = isObject(generator) ? GeneratorSlot.get(generator) : undefined;
  return frame instanceof GeneratorFrame ? frame : undefined;
}

function proceed(frame: GeneratorFrame, mode: number, value: unknown): unknown {
  if (frame.status === EXECUTING) throw new NativeTypeError("Generator is already running");
  if (frame.status === SUSPENDED_START && mode !== RESUME_NEXT) complete(frame);
  if (frame.status === COMPLETED) {
    if (mode === RESUME_THROW) throw value;
    return { value: mode === RESUME_RETURN ? value : undefined, done: true };
  }
  return resume(frame, mode, frame.status === SUSPENDED_START ? undefined : value);
}

const methods = {
  next(this: unknown, value: unknown): unknown {
    const frame = frameOf(this);
    return frame === undefined ? reflectApply(native.next, this, [value]) : proceed(frame, RESUME_NEXT, value);
  },
  return(this: unknown, value: unknown): unknown {
    const frame = frameOf(this);
    return frame === undefined ? reflectApply(native.return, this, [value]) : proceed(frame, RESUME_RETURN, value);
  },
  throw(this: unknown, error: unknown): unknown {
    const frame = frameOf(this);
    return frame === undefined ? reflectApply(native.throw, this, [error]) : proceed(frame, RESUME_THROW, error);
  },
};

export function installGenerators(): void {
  defineHidden(generatorPrototype, "next", methods.next);
  defineHidden(generatorPrototype, "return", methods.return);
  defineHidden(generatorPrototype, "throw", methods.throw);
}
