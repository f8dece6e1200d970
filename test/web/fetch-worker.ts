/**
 * A worker that carries out the requests of workflows with Node's own `fetch`, as docs/RECORDS.md has them: what a user
 * would write in a page of code.
 */
import type { KawaitClient } from "#gateway";

interface FetchRequest {
  readonly ref: string;
  readonly cancel?: true;
  readonly method: string;
  readonly url: string;
  readonly headers: [string, string][];
  readonly body?: string;
  readonly bodyBase64?: string;
  readonly redirect: "follow" | "error" | "manual";
  readonly bodyBytesMax: number;
}

export interface FetchWorker {
  /** Refs that were told to be of no interest any more. */
  readonly cancelled: readonly string[];
  stop(): Promise<void>;
}

export function startFetchWorker(client: KawaitClient, topic: string): FetchWorker {
  const stopping = new AbortController();
  const cancelled: string[] = [];
  const underWay = new Map<string, AbortController>();
  const answers = new Set<Promise<unknown>>();
  const work = (async () => {
    for await (const record of client.tail(topic, { fromBeginning: true, signal: stopping.signal })) {
      if (record.key === null || record.value === null) continue;
      const threadId = record.key;
      const request = JSON.parse(record.value) as FetchRequest;
      const id = `${threadId}/${request.ref}`;
      if (request.cancel) {
        cancelled.push(request.ref);
        underWay.get(id)?.abort();
        continue;
      }
      const abort = new AbortController();
      underWay.set(id, abort);
      const answer = carriedOut(request, abort.signal).then((outcome) =>
        abort.signal.aborted ? undefined : client.send(threadId, JSON.stringify({ ref: request.ref, ...outcome })),
      );
      answers.add(answer);
    }
  })();
  const stop = async (): Promise<void> => {
    stopping.abort();
    for (const abort of underWay.values()) abort.abort();
    await work;
    await Promise.all(answers);
  };
  return { cancelled, stop };
}

async function carriedOut(
  request: FetchRequest,
  signal: AbortSignal,
): Promise<{ value: unknown } | { error: unknown }> {
  const { method, url, headers, redirect, bodyBytesMax } = request;
  const body = request.bodyBase64 === undefined ? request.body : Buffer.from(request.bodyBase64, "base64");
  try {
    const response = await fetch(url, { method, headers, redirect, signal, ...(body === undefined ? {} : { body }) });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (bytes.length > bodyBytesMax) {
      return { error: { code: "FetchBodyTooLarge", message: `the body has ${bytes.length} bytes` } };
    }
    const text = bytes.toString("utf8");
    const content = Buffer.from(text).equals(bytes) ? { body: text } : { bodyBase64: bytes.toString("base64") };
    const { status, statusText, redirected } = response;
    return { value: { status, statusText, headers: [...response.headers], url: response.url, redirected, ...content } };
  } catch (error) {
    const { cause } = error as { cause?: { message?: string; code?: string } };
    return { error: { message: cause?.message ?? String(error), code: cause?.code } };
  }
}
