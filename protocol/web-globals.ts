/**
 * The globals that Node gives a script and the language does not: which module of `runtime/web/` makes each. The compiler
 * puts such a module into a program only where a module of the program names one of its globals.
 */

/** As in Node: a class is a plain hidden property, a function an enumerable one, an object an enumerable accessor. */
export type WebGlobalForm = "class" | "function" | "object";

export interface WebGlobal {
  /** File in `runtime/web/` that exports the value under the global's name. */
  readonly file: string;
  readonly form: WebGlobalForm;
}

function of(file: string, form: WebGlobalForm, ...names: readonly string[]): [string, WebGlobal][] {
  return names.map((name) => [name, { file, form }]);
}

export const WEB_GLOBALS: ReadonlyMap<string, WebGlobal> = new Map([
  ...of("url.ts", "class", "URL"),
  ...of("url-search-params.ts", "class", "URLSearchParams"),
  ...of("text-encoder.ts", "class", "TextEncoder"),
  ...of("text-decoder.ts", "class", "TextDecoder"),
  ...of("events.ts", "class", "Event", "EventTarget", "CustomEvent"),
  ...of("abort.ts", "class", "AbortController", "AbortSignal"),
  ...of("dom-exception.ts", "class", "DOMException"),
  ...of("structured-clone.ts", "function", "structuredClone"),
  ...of("base64.ts", "function", "atob", "btoa"),
  ...of("buffer.ts", "class", "Buffer"),
  ...of("blob.ts", "class", "Blob", "File"),
  ...of("form-data.ts", "class", "FormData"),
  ...of("crypto.ts", "class", "Crypto", "SubtleCrypto"),
  ...of("crypto.ts", "object", "crypto"),
  ...of("headers.ts", "class", "Headers"),
  ...of("response.ts", "class", "Response"),
  ...of("request.ts", "class", "Request"),
  ...of("fetch.ts", "function", "fetch"),
  ...of("console.ts", "class", "console"),
]);

/** Globals whose objects have bodies. */
export const BODY_GLOBALS: ReadonlySet<string> = new Set(["Request", "Response", "fetch"]);

/** Member of a body → global of which it makes an object: a program that has bodies and names the member has the global. */
export const BODY_MAKERS: ReadonlyMap<string, string> = new Map([
  ["blob", "Blob"],
  ["formData", "FormData"],
]);

/** What Node has and a workflow has not: a name on its own throws the named error, `typeof` tells that it is not there. */
export const ABSENT_GLOBALS: ReadonlySet<string> = new Set([
  "process",
  "__dirname",
  "__filename",
  "ReadableStream",
  "WritableStream",
  "TransformStream",
  "CompressionStream",
  "DecompressionStream",
  "MessageChannel",
  "MessagePort",
  "BroadcastChannel",
  "WebSocket",
  "EventSource",
  "Worker",
  "XMLHttpRequest",
  "WebAssembly",
  "SharedArrayBuffer",
  "navigator",
  "localStorage",
  "sessionStorage",
  "indexedDB",
  "URLPattern",
]);
