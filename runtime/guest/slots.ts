/**
 * Hidden slots: what an object is to the runtime, in private names that a constructor's return-override stamps onto it.
 *
 * Reflection and proxies cannot see them, a slot costs a few nanoseconds (a WeakMap entry costs twenty times that), and
 * the encoder finds an object's kind by them and never by its prototype, which a script can change (I3).
 */

import { Identity } from "./definition.ts";
import { noteDetour } from "./private-names.ts";
import type { AsyncGeneratorFrame, GeneratorFrame, PromiseReactions, PromiseSource } from "./records.ts";

export { FunctionSlot } from "./definition.ts";
export { hasPrivateNames, privateNameIndex, privateNamesOf } from "./private-names.ts";
export { ProxySlot } from "./proxy-slot.ts";

/** A class value made by `$k.cls`: its class definition and the values its maker took. */
export class ClassSlot extends Identity {
  #index: number;
  #unit: object | undefined;
  #arguments: readonly unknown[];

  constructor(target: object, index: number, makerArguments: readonly unknown[], unit: object | undefined) {
    super(target);
    this.#index = index;
    this.#unit = unit;
    this.#arguments = makerArguments;
  }

  static has(target: object): boolean {
    return #index in target;
  }

  /** In the program's tables, or in those of its unit. */
  static index(target: object): number {
    return (target as ClassSlot).#index;
  }

  /** Code made at run time: the unit that it is of. */
  static unit(target: object): object | undefined {
    return (target as ClassSlot).#unit;
  }

  static makerArguments(target: object): readonly unknown[] {
    return (target as ClassSlot).#arguments;
  }
}

export const PENDING = 0;
export const FULFILLED = 1;
export const REJECTED = 2;

/** The internal slots of a promise; the object owns it alone, so it is saved as part of its promise. */
export class PromiseState {
  /** `PENDING`, `FULFILLED` or `REJECTED`. */
  status = PENDING;
  /** [[PromiseIsHandled]] */
  handled = false;
  /** Settled: the value or reason. Pending: what waits, in order of arrival. */
  payload: unknown | PromiseReactions = undefined;
  /** Where a cancelation of this promise descends to; `undefined` once it is settled, and for sources out of reach. */
  source: PromiseSource = undefined;
  /** As a record's (`records.ts`): the place of the promise in the state that is being written. */
  mark = 0;
}

export class PromiseSlot extends Identity {
  #state: PromiseState;

  constructor(target: object, state: PromiseState) {
    super(target);
    this.#state = state;
  }

  static has(target: object): boolean {
    return #state in target;
  }

  static get(target: object): PromiseState | undefined {
    return #state in target ? target.#state : undefined;
  }

  /** The state of an object that is known to be a promise. */
  static of(target: object): PromiseState {
    return (target as PromiseSlot).#state;
  }
}

/** A generator or async generator object: its frame. */
export class GeneratorSlot extends Identity {
  #frame: GeneratorFrame | AsyncGeneratorFrame;

  constructor(target: object, frame: GeneratorFrame | AsyncGeneratorFrame) {
    super(target);
    this.#frame = frame;
  }

  static has(target: object): boolean {
    return #frame in target;
  }

  static get(target: object): GeneratorFrame | AsyncGeneratorFrame | undefined {
    return #frame in target ? target.#frame : undefined;
  }
}

/** A function made by `Function.prototype.bind`. */
export class BoundSlot extends Identity {
  #target: object;
  #receiver: unknown;
  #arguments: readonly unknown[];

  constructor(bound: object, target: object, receiver: unknown, boundArguments: readonly unknown[]) {
    super(bound);
    noteDetour(target);
    this.#target = target;
    this.#receiver = receiver;
    this.#arguments = boundArguments;
  }

  static has(bound: object): boolean {
    return #target in bound;
  }

  static target(bound: object): object {
    return (bound as BoundSlot).#target;
  }

  static receiver(bound: object): unknown {
    return (bound as BoundSlot).#receiver;
  }

  static makerArguments(bound: object): readonly unknown[] {
    return (bound as BoundSlot).#arguments;
  }
}

/** An object of the runtime's own that a script holds (a timer, a cursor over a collection): its record. */
export class RecordSlot extends Identity {
  #record: object;

  constructor(target: object, record: object) {
    super(target);
    this.#record = record;
  }

  static has(target: object): boolean {
    return #record in target;
  }

  static get(target: object): object | undefined {
    return #record in target ? target.#record : undefined;
  }
}

/** The segments of a text: an object of the engine's that tells nobody what it is over. */
export class SegmentsSlot extends Identity {
  #segmenter: object;
  #text: string;

  constructor(segments: object, segmenter: object, text: string) {
    super(segments);
    this.#segmenter = segmenter;
    this.#text = text;
  }

  static has(target: object): boolean {
    return #segmenter in target;
  }

  static segmenter(segments: object): object {
    return (segments as SegmentsSlot).#segmenter;
  }

  static text(segments: object): string {
    return (segments as SegmentsSlot).#text;
  }
}

/** An object of `Intl`: which constructor made it, and the function that its `format` or `compare` gives. */
export class IntlSlot extends Identity {
  /** Place in `INTL_CLASSES` (`globals/intl.ts`). */
  #kind: number;
  #bound: object | undefined = undefined;

  constructor(target: object, kind: number) {
    super(target);
    this.#kind = kind;
  }

  static has(target: object): boolean {
    return #kind in target;
  }

  static kind(target: object): number {
    return (target as IntlSlot).#kind;
  }

  /** `undefined`: nobody has asked for it. */
  static bound(target: object): object | undefined {
    return (target as IntlSlot).#bound;
  }

  static setBound(target: object, bound: object | undefined): void {
    (target as IntlSlot).#bound = bound;
  }
}
