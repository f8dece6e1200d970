/** `DOMException`: an error object with name, message and code behind accessors of its prototype. */

import { coded, defineConstants, defineInterface } from "./interface.ts";

const CODES: Readonly<Record<string, number>> = {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};

const CONSTANTS: readonly string[] = (
  "INDEX_SIZE_ERR DOMSTRING_SIZE_ERR HIERARCHY_REQUEST_ERR WRONG_DOCUMENT_ERR INVALID_CHARACTER_ERR " +
  "NO_DATA_ALLOWED_ERR NO_MODIFICATION_ALLOWED_ERR NOT_FOUND_ERR NOT_SUPPORTED_ERR INUSE_ATTRIBUTE_ERR " +
  "INVALID_STATE_ERR SYNTAX_ERR INVALID_MODIFICATION_ERR NAMESPACE_ERR INVALID_ACCESS_ERR VALIDATION_ERR " +
  "TYPE_MISMATCH_ERR SECURITY_ERR NETWORK_ERR ABORT_ERR URL_MISMATCH_ERR QUOTA_EXCEEDED_ERR TIMEOUT_ERR " +
  "INVALID_NODE_TYPE_ERR DATA_CLONE_ERR"
).split(" ");

class Identity {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is what puts a private name onto an error object.
    return object;
  }
}

/** Name and message of an exception, in private names of the error object itself. */
class State extends Identity {
  #name: string;
  #message: string;

  constructor(error: object, name: string, message: string) {
    super(error);
    this.#name = name;
    this.#message = message;
  }

  static has(value: unknown): boolean {
    return typeof value === "object" && value !== null && #name in value;
  }

  static nameOf(value: unknown): string {
    return State.#of(value).#name;
  }

  static messageOf(value: unknown): string {
    return State.#of(value).#message;
  }

  static #of(value: unknown): State {
    if (State.has(value)) return value as State;
    throw coded(new TypeError('Value of "this" must be of type DOMException'), "ERR_INVALID_THIS");
  }
}

export class DOMException {
  constructor(message: unknown = "", options: unknown = "Error") {
    const error = new Error();
    Object.setPrototypeOf(error, new.target.prototype);
    const isObject = typeof options === "object" && options !== null;
    const given = options as { readonly name?: unknown; readonly cause?: unknown };
    const name = isObject ? ("name" in given ? given.name : "Error") : options;
    new State(error, `${name}`, `${message}`);
    if (isObject && "cause" in given) {
      Object.defineProperty(error, "cause", { value: given.cause, writable: true, configurable: true });
    }
    // biome-ignore lint/correctness/noConstructorReturn: an exception is an error, and has the slot of one.
    return error as never;
  }

  get name(): string {
    return State.nameOf(this);
  }

  get message(): string {
    return State.messageOf(this);
  }

  get code(): number {
    const name = State.nameOf(this);
    return Object.hasOwn(CODES, name) ? CODES[name]! : 0;
  }
}

Object.setPrototypeOf(DOMException.prototype, Error.prototype);
defineInterface(DOMException, "DOMException", ["name", "message", "code"]);
defineConstants(
  [DOMException, DOMException.prototype],
  Object.fromEntries(CONSTANTS.map((name, index) => [name, index + 1])),
);

export function isDOMException(value: unknown): value is DOMException {
  return State.has(value);
}
