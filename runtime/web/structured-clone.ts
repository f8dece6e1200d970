/**
 * `structuredClone`, in two phases as the standard has them: values → records, while getters run and anything may still fail;
 * then the buffers of `transfer` are detached; then records → values.
 */

// biome-ignore-all lint/complexity/noArguments: how many were given counts, and a rest parameter would not show in `length`.

import { DOMException, isDOMException } from "./dom-exception.ts";
import { kindOf, typedArrayTag } from "./host.ts";
import { isArrayBuffer, requireArguments, wrongType } from "./interface.ts";
import { kinds } from "./kinds.ts";

/** Makes the clone; called once, when all transferred buffers are detached. */
type Clone = () => unknown;

const ERROR_NAMES = ["EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"];

type ViewClass = new (buffer: ArrayBufferLike, offset: number, length?: number) => ArrayBufferView;

function uncloneable(what: string): DOMException {
  return new DOMException(`${what} could not be cloned.`, "DataCloneError");
}

function nameOf(value: object): string {
  const maker = (value as { constructor?: { name?: unknown } }).constructor;
  return `#<${typeof maker === "function" && maker.name ? maker.name : "Object"}>`;
}

class Serializer {
  readonly #known = new Map<object, Clone>();
  readonly #transferred: Map<ArrayBuffer, Clone>;

  constructor(transferred: Map<ArrayBuffer, Clone>) {
    this.#transferred = transferred;
  }

  of(value: unknown): Clone {
    if (typeof value === "symbol") throw uncloneable(String(value));
    if (typeof value === "function") throw uncloneable(Function.prototype.toString.call(value));
    if (typeof value !== "object" || value === null) return () => value;
    const known = this.#known.get(value) ?? this.#transferred.get(value as ArrayBuffer);
    if (known !== undefined) return known;
    return this.#object(value);
  }

  /** `make` gives the bare clone, once; `fill` its contents, behind it: cycles end at the bare one. */
  #remember(value: object, make: Clone): { clone: Clone; fill: (then: (made: never) => void) => void } {
    let made: unknown;
    let isMade = false;
    let contents: ((made: never) => void) | undefined;
    const clone = (): unknown => {
      if (isMade) return made;
      made = make();
      isMade = true;
      contents?.(made as never);
      return made;
    };
    this.#known.set(value, clone);
    return {
      clone,
      fill: (then) => {
        contents = then;
      },
    };
  }

  #object(value: object): Clone {
    const kind = kindOf(value);
    switch (kind) {
      case "Boolean object":
      case "Number object":
      case "String object":
      case "BigInt object":
        return this.#remember(value, () => Object(value.valueOf())).clone;
      case "Date": {
        const time = Date.prototype.getTime.call(value);
        return this.#remember(value, () => new Date(time)).clone;
      }
      case "RegExp": {
        const { source, flags } = value as RegExp;
        return this.#remember(value, () => new RegExp(source, flags)).clone;
      }
      case "ArrayBuffer":
        return this.#buffer(value as ArrayBuffer);
      case "typed array":
      case "DataView":
        return this.#view(value as ArrayBufferView);
      case "Map":
        return this.#map(value as Map<unknown, unknown>);
      case "Set":
        return this.#set(value as Set<unknown>);
      case "Error":
        return isDOMException(value) ? this.#exception(value) : this.#error(value as Error);
      case "Array": {
        const { length } = value as unknown[];
        const { clone, fill } = this.#remember(value, () => new Array(length));
        fill(this.#properties(value));
        return clone;
      }
      case "object": {
        const { blob, form } = kinds;
        if (blob?.is(value)) return this.#remember(value, () => blob.copy(value)).clone;
        if (form?.is(value)) throw new DOMException("Cannot clone object of unsupported type.", "DataCloneError");
        const { clone, fill } = this.#remember(value, () => ({}));
        fill(this.#properties(value));
        return clone;
      }
      default:
        throw uncloneable(nameOf(value));
    }
  }

  /** Own enumerable properties with string keys; getters are asked now. */
  #properties(value: object): (made: object) => void {
    const parts: [string, Clone][] = [];
    for (const key of Object.keys(value)) {
      // A getter before this one may have deleted it.
      if (Object.hasOwn(value, key)) parts.push([key, this.of((value as Record<string, unknown>)[key])]);
    }
    return (made) => {
      for (const [key, part] of parts) {
        Object.defineProperty(made, key, { value: part(), writable: true, enumerable: true, configurable: true });
      }
    };
  }

  #buffer(value: ArrayBuffer): Clone {
    if (value.detached) throw uncloneable("#<ArrayBuffer>");
    const copy = value.resizable
      ? () => {
          const made = new ArrayBuffer(bytes.byteLength, { maxByteLength });
          new Uint8Array(made).set(bytes);
          return made;
        }
      : () => bytes.buffer;
    const bytes = new Uint8Array(value).slice();
    const { maxByteLength } = value;
    return this.#remember(value, copy).clone;
  }

  #view(value: ArrayBufferView): Clone {
    const { buffer, byteOffset, byteLength } = value;
    if (byteLength === 0 && (buffer as ArrayBuffer).detached) throw uncloneable(nameOf(value));
    const ofBuffer = this.of(buffer);
    const tag = typedArrayTag(value);
    const View = (tag === undefined ? DataView : Reflect.get(globalThis, tag)) as ViewClass;
    const length = tag === undefined ? byteLength : (value as Uint8Array).length;
    // A view that follows its buffer's length goes on doing so.
    const follows = (buffer as ArrayBuffer).resizable && byteOffset + byteLength === buffer.byteLength;
    return this.#remember(value, () => {
      const made = ofBuffer() as ArrayBuffer;
      return follows ? new View(made, byteOffset) : new View(made, byteOffset, length);
    }).clone;
  }

  #map(value: Map<unknown, unknown>): Clone {
    const { clone, fill } = this.#remember(value, () => new Map());
    const entries: [unknown, unknown][] = [];
    Map.prototype.forEach.call(value, (item, key) => entries.push([key, item]));
    const parts = entries.map(([key, item]) => [this.of(key), this.of(item)] as const);
    fill((made: Map<unknown, unknown>) => {
      for (const [key, item] of parts) made.set(key(), item());
    });
    return clone;
  }

  #set(value: Set<unknown>): Clone {
    const { clone, fill } = this.#remember(value, () => new Set());
    const items: unknown[] = [];
    Set.prototype.forEach.call(value, (item) => items.push(item));
    const parts = items.map((item) => this.of(item));
    fill((made: Set<unknown>) => {
      for (const item of parts) made.add(item());
    });
    return clone;
  }

  #error(value: Error): Clone {
    const name = `${value.name}`;
    const message = Object.getOwnPropertyDescriptor(value, "message");
    const cause = Object.getOwnPropertyDescriptor(value, "cause");
    const stack = Object.getOwnPropertyDescriptor(value, "stack");
    const Kind = (ERROR_NAMES.includes(name) ? Reflect.get(globalThis, name) : Error) as ErrorConstructor;
    const text = message !== undefined && "value" in message ? `${message.value}` : undefined;
    const trace = stack !== undefined && "value" in stack && typeof stack.value === "string" ? stack.value : undefined;
    const { clone, fill } = this.#remember(value, () => {
      const made = text === undefined ? new Kind() : new Kind(text);
      if (trace !== undefined) define(made, "stack", trace);
      return made;
    });
    if (cause !== undefined) {
      const part = this.of(value.cause);
      fill((made: Error) => define(made, "cause", part()));
    }
    return clone;
  }

  #exception(value: DOMException): Clone {
    const { name, message } = value;
    return this.#remember(value, () => new DOMException(message, name)).clone;
  }
}

function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true });
}

/** A copy of `value`; throws the `DataCloneError` of what cannot be copied. */
export function structuredClone(value: unknown, options: { transfer?: Iterable<unknown> } | null = {}): unknown {
  requireArguments(arguments.length, 1, '"value"');
  if (options !== null && typeof options !== "object") {
    throw wrongType('The "options" argument must be of type object.');
  }
  const transfer = [...(options?.transfer ?? [])];
  const transferred = new Map<ArrayBuffer, Clone>();
  const moved = new Map<ArrayBuffer, ArrayBuffer>();
  for (const item of transfer) {
    if (!isArrayBuffer(item)) {
      throw new DOMException("Found invalid value in transferList.", "DataCloneError");
    }
    if (transferred.has(item)) {
      throw new DOMException("ArrayBuffer occurs in the transfer list more than once", "DataCloneError");
    }
    transferred.set(item, () => moved.get(item));
  }
  const clone = new Serializer(transferred).of(value);
  for (const buffer of transferred.keys()) {
    if (buffer.detached)
      throw new DOMException("An ArrayBuffer is detached and could not be cloned.", "DataCloneError");
  }
  for (const buffer of transferred.keys()) moved.set(buffer, buffer.transfer());
  return clone();
}
Object.defineProperty(structuredClone, "length", { value: 1, configurable: true });
