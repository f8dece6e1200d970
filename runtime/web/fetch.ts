/**
 * `fetch`. The request is checked as the standard says; no worker carries out requests, so that a good one is rejected with
 * an error that says so, and never waits for an answer that nobody gives (I4).
 */

import { namedError } from "./host.ts";
import { Request } from "./request.ts";

export async function fetch(input: unknown, init: object | null = {}): Promise<never> {
  const request = new Request(input, init);
  if (request.signal.aborted) throw request.signal.reason;
  throw namedError(
    "FetchUnavailable",
    `fetch("${request.url}"): no worker carries out requests of workflows. Write the request to a topic (W.outputJSON) and ` +
      "await the answer of your own service (W.suspend).",
  );
}
Object.defineProperty(fetch, "length", { value: 1, configurable: true });
