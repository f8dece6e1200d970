/** `Event`, `CustomEvent`, `EventTarget`: without a tree, so an event is dispatched at its target alone. */

// biome-ignore-all lint/complexity/noArguments: how many were given counts, and a rest parameter would not show in `length`.

import { nowMs } from "./host.ts";
import { coded, defineConstants, defineInterface, requireArguments, wrongType } from "./interface.ts";

const NONE = 0;
const AT_TARGET = 2;

interface EventOptions {
  readonly bubbles?: unknown;
  readonly cancelable?: unknown;
  readonly composed?: unknown;
}

interface ListenerOptions {
  readonly once?: unknown;
  readonly capture?: unknown;
  readonly passive?: unknown;
  readonly signal?: SignalOfListener;
}

/** What a listener needs of an `AbortSignal`, whose class is a subclass of `EventTarget`. */
interface SignalOfListener {
  readonly aborted: boolean;
  addEventListener(type: string, listener: () => void, options: { readonly once: boolean }): void;
}

type Callback = ((event: Event) => unknown) | { handleEvent?: (event: Event) => unknown };

interface Listener {
  readonly type: string;
  readonly callback: Callback;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  removed: boolean;
}

export class Event {
  #type: string;
  #bubbles: boolean;
  #cancelable: boolean;
  #composed: boolean;
  #timeStamp = nowMs();
  #target: EventTarget | null = null;
  #currentTarget: EventTarget | null = null;
  #isDispatching = false;
  #isPrevented = false;
  #isPassive = false;
  #isStopped = false;
  #isStoppedAtOnce = false;

  constructor(type: unknown, options: EventOptions | null | undefined = undefined) {
    requireArguments(arguments.length, 1, '"type"');
    if (options !== undefined && options !== null && typeof options !== "object") {
      throw wrongType('The "options" argument must be of type object.');
    }
    this.#type = `${type}`;
    this.#bubbles = Boolean(options?.bubbles);
    this.#cancelable = Boolean(options?.cancelable);
    this.#composed = Boolean(options?.composed);
  }

  get type(): string {
    return this.#type;
  }

  get target(): EventTarget | null {
    return this.#target;
  }

  get srcElement(): EventTarget | null {
    return this.#target;
  }

  get currentTarget(): EventTarget | null {
    return this.#currentTarget;
  }

  get eventPhase(): number {
    return this.#isDispatching ? AT_TARGET : NONE;
  }

  get bubbles(): boolean {
    return this.#bubbles;
  }

  get cancelable(): boolean {
    return this.#cancelable;
  }

  get composed(): boolean {
    return this.#composed;
  }

  get defaultPrevented(): boolean {
    return this.#cancelable && this.#isPrevented;
  }

  get returnValue(): boolean {
    return !this.defaultPrevented;
  }

  get timeStamp(): number {
    return this.#timeStamp;
  }

  get isTrusted(): boolean {
    return false;
  }

  get cancelBubble(): boolean {
    return this.#isStopped;
  }

  set cancelBubble(value: unknown) {
    if (value) this.stopPropagation();
  }

  composedPath(): EventTarget[] {
    return this.#isDispatching ? [this.#currentTarget!] : [];
  }

  initEvent(type: unknown, bubbles: unknown = false, cancelable: unknown = false): void {
    if (this.#isDispatching) return;
    this.#type = `${type}`;
    this.#bubbles = Boolean(bubbles);
    this.#cancelable = Boolean(cancelable);
  }

  preventDefault(): void {
    if (!this.#isPassive) this.#isPrevented = true;
  }

  stopPropagation(): void {
    this.#isStopped = true;
  }

  stopImmediatePropagation(): void {
    this.#isStopped = true;
    this.#isStoppedAtOnce = true;
  }

  static is(value: unknown): value is Event {
    return typeof value === "object" && value !== null && #type in value;
  }

  /** Calls the listeners in the order in which they were added; one that is removed meanwhile is passed over. */
  static dispatch(event: Event, target: EventTarget, listeners: readonly Listener[], drop: (one: Listener) => void) {
    if (event.#isDispatching) {
      throw coded(new Error("The event is already being dispatched"), "ERR_EVENT_RECURSION");
    }
    event.#target = target;
    event.#currentTarget = target;
    event.#isDispatching = true;
    for (const listener of listeners) {
      if (listener.removed) continue;
      if (listener.once) drop(listener);
      event.#isPassive = listener.passive;
      try {
        const { callback } = listener;
        if (typeof callback === "function") callback.call(target as never, event);
        else callback.handleEvent?.(event);
      } catch (error) {
        // The error is nobody's to catch: it ends the thread as one in a timer does.
        queueMicrotask(() => {
          throw error;
        });
      }
      event.#isPassive = false;
      if (event.#isStoppedAtOnce) break;
    }
    event.#isDispatching = false;
    event.#currentTarget = null;
    event.#isStopped = false;
    event.#isStoppedAtOnce = false;
    return !event.defaultPrevented;
  }
}

/** Apart from its members, so that a script does not find them. */
const { is: isEvent, dispatch } = Event;
Reflect.deleteProperty(Event, "is");
Reflect.deleteProperty(Event, "dispatch");

defineInterface(Event, "Event", [
  "type",
  "target",
  "srcElement",
  "currentTarget",
  "eventPhase",
  "bubbles",
  "cancelable",
  "composed",
  "defaultPrevented",
  "returnValue",
  "timeStamp",
  "cancelBubble",
  "composedPath",
  "initEvent",
  "preventDefault",
  "stopPropagation",
  "stopImmediatePropagation",
]);
defineConstants([Event], { NONE, CAPTURING_PHASE: 1, AT_TARGET, BUBBLING_PHASE: 3 });

export class CustomEvent extends Event {
  #detail: unknown;

  constructor(type: unknown, options?: EventOptions & { readonly detail?: unknown }) {
    requireArguments(arguments.length, 1, '"type"');
    super(type, options);
    this.#detail = options?.detail ?? null;
  }

  get detail(): unknown {
    return this.#detail;
  }
}

defineInterface(CustomEvent, "CustomEvent", ["detail"]);
Object.defineProperty(CustomEvent, "length", { value: 1, configurable: true });

export class EventTarget {
  #listeners: Listener[] = [];

  addEventListener(type: unknown, callback: unknown, options: ListenerOptions | boolean | null = {}): void {
    requireArguments(arguments.length, 2, '"type" and "listener"');
    const given: ListenerOptions = typeof options === "boolean" ? { capture: options } : (options ?? {});
    const { signal } = given;
    if (signal !== undefined && (typeof signal !== "object" || signal === null || !("aborted" in signal))) {
      throw wrongType('The "options.signal" property must be an instance of AbortSignal.');
    }
    if (!isCallback(callback)) return;
    if (signal?.aborted === true) return;
    const capture = Boolean(given.capture);
    const name = `${type}`;
    if (this.#find(name, callback, capture) !== undefined) return;
    const listener: Listener = {
      type: name,
      callback,
      capture,
      once: Boolean(given.once),
      passive: Boolean(given.passive),
      removed: false,
    };
    this.#listeners.push(listener);
    signal?.addEventListener("abort", () => this.#drop(listener), { once: true });
  }

  removeEventListener(type: unknown, callback: unknown, options: ListenerOptions | boolean | null = {}): void {
    requireArguments(arguments.length, 2, '"type" and "listener"');
    if (!isCallback(callback)) return;
    const capture = typeof options === "boolean" ? options : Boolean(options?.capture);
    const listener = this.#find(`${type}`, callback, capture);
    if (listener !== undefined) this.#drop(listener);
  }

  dispatchEvent(event: unknown): boolean {
    requireArguments(arguments.length, 1, '"event"');
    if (!isEvent(event)) throw wrongType('The "event" argument must be an instance of Event.');
    const listeners = this.#listeners.filter(({ type }) => type === event.type);
    return dispatch(event, this, listeners, (listener) => this.#drop(listener));
  }

  #find(type: string, callback: unknown, capture: boolean): Listener | undefined {
    return this.#listeners.find((one) => one.type === type && one.callback === callback && one.capture === capture);
  }

  #drop(listener: Listener): void {
    listener.removed = true;
    const index = this.#listeners.indexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
  }
}

defineInterface(EventTarget, "EventTarget", ["addEventListener", "removeEventListener", "dispatchEvent"]);

function isCallback(value: unknown): value is Callback {
  if (typeof value === "function" || (typeof value === "object" && value !== null)) return true;
  if (value === null || value === undefined) return false;
  throw wrongType('The "listener" argument must be an instance of EventListener.');
}
