/**
 * A function's or frame's code, and the slot by which a function value knows it.
 */

import { reflectApply } from "./primordials.ts";

export class Identity {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the return-override is what stamps a private name onto any object.
    return object;
  }
}

/** Runs a frame of its own kind from one suspension to the next. */
export type StepFunction = (frame: never, mode: number, value: unknown) => unknown;
/** Makes a function or class for the scope objects that it closes over. */
export type Maker = (...scopes: unknown[]) => object;

/** A function's or frame's code: what a saved function or frame names by index. */
export class Definition {
  readonly index: number;
  /** Code made at run time: the unit that it is of (`dynamic/code-unit.ts`). */
  readonly unit: object | undefined;
  /** Makes the function for its scope objects; absent for a pure frame. */
  maker: Maker | undefined = undefined;
  /** Runs a frame from one suspension to the next; absent for a function that does not suspend. */
  step: StepFunction | undefined = undefined;
  #fresh: unknown = undefined;

  constructor(index: number, unit: object | undefined) {
    this.index = index;
    this.unit = unit;
  }

  /** What a fresh function of this definition is like, once somebody has said; a definition may be frozen. */
  static fresh(definition: Definition): unknown {
    return definition.#fresh;
  }

  static setFresh(definition: Definition, fresh: unknown): void {
    definition.#fresh = fresh;
  }

  /** The function value for these scope objects: how creation and decoding make one. */
  instantiate(scopes: readonly unknown[]): object {
    const maker = this.maker!;
    const { length } = scopes;
    const made =
      length === 0
        ? maker()
        : length === 1
          ? maker(scopes[0])
          : length === 2
            ? maker(scopes[0], scopes[1])
            : (reflectApply(maker, undefined, scopes as unknown[]) as object);
    new FunctionSlot(made, this, length === 1 ? scopes[0] : scopes);
    return made;
  }
}

/** A function value: its definition and the scope objects it closes over. */
export class FunctionSlot extends Identity {
  #definition: Definition;
  /** Most close over one: it stands here itself, which saves creation a list. */
  #scopes: unknown;

  /** @param scopes the list of scope objects, or the only one where the definition's maker takes one. */
  constructor(target: object, definition: Definition, scopes: unknown) {
    super(target);
    this.#definition = definition;
    this.#scopes = scopes;
  }

  static has(target: object): boolean {
    return #definition in target;
  }

  static definition(target: object): Definition | undefined {
    return #definition in target ? target.#definition : undefined;
  }

  static scopes(target: object): readonly unknown[] {
    const slot = target as FunctionSlot;
    return slot.#definition.maker!.length === 1 ? [slot.#scopes] : (slot.#scopes as readonly unknown[]);
  }
}
