/** `FormData` (XMLHttpRequest standard, section 4): names with strings and files, in the order in which they came. */

// biome-ignore-all lint/complexity/noArguments: how many were given counts, and a rest parameter would not show in `length`.

import { type File, fileOf, isBlob, isFile } from "./blob.ts";
import { inspect, nowMs, quote } from "./host.ts";
import { coded, defineInterface, defineIterator, usvString } from "./interface.ts";
import { kinds } from "./kinds.ts";
import { type Entry, parseMultipart, serializeMultipart } from "./multipart.ts";
import { TextDecoder } from "./text-decoder.ts";
import { parseForm } from "./url-search-params.ts";

type Pick = (entry: Entry) => unknown;

function needs(given: number, needed: number, method: string): void {
  if (given >= needed) return;
  const required = `${needed} argument${needed > 1 ? "s" : ""} required`;
  throw new TypeError(`FormData.${method}: ${required}, but${given > 0 ? " only" : ""} ${given} found.`);
}

/** A blob becomes a file, and a file of another name another file. */
function entryOf(name: unknown, value: unknown, given: number, filename: unknown, method: string): Entry {
  const key = usvString(name);
  if (given < 3 && !isBlob(value)) return [key, usvString(value)];
  if (!isBlob(value)) {
    const shown = typeof value === "string" ? quote(value) : inspect(value);
    throw new TypeError(`FormData.${method}: Expected value ("${shown}") to be an instance of Blob.`);
  }
  const asked = filename === undefined ? null : usvString(filename);
  if (isFile(value)) return [key, asked === null ? value : fileOf(value, asked, value.lastModified)];
  return [key, fileOf(value, asked ?? "blob", nowMs())];
}

class FormDataIterator {
  #entries: () => readonly Entry[];
  #pick: Pick;
  #index = 0;

  constructor(entries: () => readonly Entry[], pick: Pick) {
    this.#entries = entries;
    this.#pick = pick;
  }

  next(): { value: unknown; done: boolean } {
    if (typeof this !== "object" || this === null || !(#index in this)) {
      throw new TypeError("'next' called on an object that does not implement interface FormData Iterator.");
    }
    const entry = this.#entries()[this.#index];
    if (entry === undefined) return { value: undefined, done: true };
    this.#index++;
    return { value: this.#pick(entry), done: false };
  }
}

defineIterator(FormDataIterator, "FormData Iterator");

export class FormData {
  #entries: Entry[] = [];

  constructor(form: unknown = undefined) {
    if (form === undefined) return;
    throw new TypeError("FormData constructor: Argument 1 could not be converted to: undefined.");
  }

  append(name: unknown, value: unknown, filename: unknown = undefined): void {
    const form = FormData.#checked(this);
    needs(arguments.length, 2, "append");
    form.#entries.push(entryOf(name, value, arguments.length, filename, "append"));
  }

  delete(name: unknown): void {
    const form = FormData.#checked(this);
    needs(arguments.length, 1, "delete");
    const wanted = usvString(name);
    form.#entries = form.#entries.filter(([key]) => key !== wanted);
  }

  get(name: unknown): File | string | null {
    return FormData.#all(this, "get", arguments.length, name)[0] ?? null;
  }

  getAll(name: unknown): (File | string)[] {
    return FormData.#all(this, "getAll", arguments.length, name);
  }

  has(name: unknown): boolean {
    return FormData.#all(this, "has", arguments.length, name).length > 0;
  }

  set(name: unknown, value: unknown, filename: unknown = undefined): void {
    const form = FormData.#checked(this);
    needs(arguments.length, 2, "set");
    const entry = entryOf(name, value, arguments.length, filename, "set");
    const first = form.#entries.findIndex(([key]) => key === entry[0]);
    if (first < 0) form.#entries.push(entry);
    else {
      const rest = form.#entries.slice(first + 1).filter(([key]) => key !== entry[0]);
      form.#entries = [...form.#entries.slice(0, first), entry, ...rest];
    }
  }

  keys(): FormDataIterator {
    return FormData.#iterator(this, ([name]) => name);
  }

  values(): FormDataIterator {
    return FormData.#iterator(this, ([, value]) => value);
  }

  entries(): FormDataIterator {
    return FormData.#iterator(this, ([name, value]) => [name, value]);
  }

  forEach(callback: unknown, receiver: unknown = undefined): void {
    const form = FormData.#checked(this);
    needs(arguments.length, 1, "forEach");
    if (typeof callback !== "function") {
      throw new TypeError("Failed to execute 'forEach' on 'FormData': parameter 1 is not of type 'Function'.");
    }
    for (let i = 0; i < form.#entries.length; i++) {
      const [name, value] = form.#entries[i]!;
      callback.call(receiver, value, name, form);
    }
  }

  static #all(value: unknown, method: string, given: number, name: unknown): (File | string)[] {
    const form = FormData.#checked(value);
    needs(given, 1, method);
    const wanted = usvString(name);
    return form.#entries.filter(([key]) => key === wanted).map((entry) => entry[1]);
  }

  static #iterator(value: unknown, pick: Pick): FormDataIterator {
    const form = FormData.#checked(value);
    return new FormDataIterator(() => form.#entries, pick);
  }

  static #checked(value: unknown): FormData {
    if (isFormData(value)) return value;
    throw coded(new TypeError("Illegal invocation"), "ERR_INVALID_THIS");
  }

  static is(value: unknown): value is FormData {
    return typeof value === "object" && value !== null && #entries in value;
  }

  static of(entries: Entry[]): FormData {
    const form = new FormData();
    form.#entries = entries;
    return form;
  }

  static listOf(form: FormData): readonly Entry[] {
    return form.#entries;
  }
}

/** Apart from its members, so that a script does not find them. */
const { is: isFormData, of: formOf, listOf } = FormData;
for (const name of ["is", "of", "listOf"]) Reflect.deleteProperty(FormData, name);
defineInterface(FormData, "FormData", [
  "append",
  "delete",
  "get",
  "getAll",
  "has",
  "set",
  "keys",
  "values",
  "entries",
  "forEach",
]);
Object.defineProperty(FormData.prototype, Symbol.iterator, {
  value: FormData.prototype.entries,
  writable: true,
  configurable: true,
});

kinds.form = {
  is: isFormData,
  contentOf: (form) => serializeMultipart(listOf(form as FormData)),
  parse(bytes, type) {
    if (type?.essence === "multipart/form-data") return formOf(parseMultipart(bytes, type.parameters.get("boundary")));
    if (type?.essence === "application/x-www-form-urlencoded") {
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      return formOf(parseForm(text.replace(/^\?/, "")));
    }
    throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".');
  },
};
