/**
 * `fetch`: a declared effect. With `config.fetchTopic` set, the request goes out as a record, the promise stays pending for
 * as long as it takes, and the answer comes in as the resume of a suspension (docs/RECORDS.md has both formats):
 *
 *   const answer = await fetch(url)   →   record to fetchTopic {"ref":"7:1","method":"GET","url":…}
 *                                     ←   {"ref":"7:1","value":{"status":200,"headers":[…],"body":"…"}}
 *
 * Without the topic a good request is rejected with an error that says so, and never waits for an answer that nobody gives (I4).
 * Bodies travel whole, within `FETCH_BODY_BYTES_MAX`.
 */

import type { AbortSignal } from "./abort.ts";
import { onAbort } from "./abort.ts";
import { btoa } from "./base64.ts";
import { peekBody, useBody } from "./body.ts";
import { canRequest, isCancelation, namedError, rejectSuspension, sendRequest, suspendRequest } from "./host.ts";
import { Request, releaseRequest } from "./request.ts";
import { FETCH_BODY_BYTES_MAX, type FetchAnswer, type Response, receivedResponse } from "./response.ts";
import { TextDecoder } from "./text-decoder.ts";

export async function fetch(input: unknown, init: object | null = {}): Promise<Response> {
  const request = new Request(input, init);
  const { signal } = request;
  if (signal.aborted) throw signal.reason;
  if (!canRequest()) {
    throw namedError(
      "FetchUnavailable",
      `fetch("${request.url}"): the workflow names no topic for its requests. Set config.fetchTopic to the topic of a worker ` +
        "that carries them out; or write the request to a topic (W.outputJSON) and await the answer (W.suspend).",
    );
  }
  if (!/^https?:/.test(request.url)) throw failed(new Error("unknown scheme"));
  const content = contentOf(request);
  const answer = suspendRequest();
  const ref = answer.id;
  sendRequest({
    ref,
    method: request.method,
    url: request.url,
    headers: [...(request.headers as unknown as Iterable<[string, string]>)],
    ...content,
    redirect: request.redirect,
    bodyBytesMax: FETCH_BODY_BYTES_MAX,
  });
  onAbort(signal, () => rejectSuspension(answer, signal.reason));
  try {
    return receivedResponse(request, await answered(answer, ref, signal));
  } finally {
    releaseRequest(request);
  }
}
Object.defineProperty(fetch, "length", { value: 1, configurable: true });

/** Whoever gives up the request tells the worker, which need not go on. */
async function answered(answer: PromiseLike<unknown>, ref: string, signal: AbortSignal): Promise<FetchAnswer> {
  try {
    return (await answer) as FetchAnswer;
  } catch (error) {
    const isAborted = signal.aborted && error === signal.reason;
    if (!isAborted && !isCancelation(error)) throw failed(causeOf(error));
    sendRequest({ ref, cancel: true });
    throw error;
  }
}

/** As Node's: what went wrong is the cause. */
function failed(cause: Error): TypeError {
  return new TypeError("fetch failed", { cause });
}

/** A worker says what went wrong as text, or as `{"message", "code"?}`. */
function causeOf(error: unknown): Error {
  const { message, code } = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const cause = new Error(typeof message === "string" ? message : String(error));
  if (typeof code === "string") Object.assign(cause, { code });
  return cause;
}

/** Text as text, all else in base64. */
function contentOf(request: Request): { body?: string; bodyBase64?: string } {
  const bytes = peekBody(request, "fetch");
  if (bytes === null) return {};
  useBody(request);
  if (bytes.length > FETCH_BODY_BYTES_MAX) {
    throw namedError(
      "FetchBodyTooLarge",
      `fetch("${request.url}"): the body has ${bytes.length} bytes, a request can carry ${FETCH_BODY_BYTES_MAX}.`,
    );
  }
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return { bodyBase64: btoa(binary) };
  }
}
