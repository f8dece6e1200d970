/**
 * Constructors that arrow functions see into (`$k.construction`; compiler/closures/rewrite/early-this.ts). What is under
 * construction is native state of a call that cannot suspend: nothing of it outlives a job.
 */

import { guestError } from "./errors.ts";
import { append, NativeReferenceError, reflectConstruct, reflectGetPrototypeOf } from "./primordials.ts";
import { runtimeFunction } from "./registry.ts";

/** Scope objects of constructors whose `super()` was called, the innermost last. */
const calling: { this: unknown }[] = [];

/** The class and `new.target` of a constructor that has ended, and whether it had bound its `this`. */
const superAgain = runtimeFunction((parent, newTarget, isBound) => (...args: unknown[]) => {
  if (!isBound) {
    throw guestError(
      "UnsupportedAtRunTime",
      "An arrow function calls `super()` when the constructor has ended without it.",
    );
  }
  // The language runs the parent's constructor before it finds out.
  reflectConstruct(reflectGetPrototypeOf(parent as object) as never, args, newTarget as never);
  throw new NativeReferenceError("Super constructor may only be called once");
});

export const construction = {
  /** In front of a constructor's statements; `end` takes what it gives, whichever way the constructor ends. */
  begin(): number {
    return calling.length;
  },
  calling(scope: { this: unknown }): void {
    append(calling, scope);
  },
  /** The first field of the class: `this` is bound from here on. */
  fields(self: object): void {
    calling[calling.length - 1]!.this = self;
  },
  end(begun: number): void {
    calling.length = begun;
  },
  /** What `super()` of an arrow function is when its constructor has ended. */
  superAgain(parent: object, newTarget: object, isBound: boolean): object {
    return superAgain.instantiate([parent, newTarget, isBound]);
  },
};
