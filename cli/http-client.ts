/** The client over the HTTP endpoint that `kawait dev` opens. */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { DeployedProgram, KawaitClient, StartRequest, TailRecord, ThreadView, Written } from "#gateway";
import type { ThreadCommand, ThreadSummary } from "#protocol";

export class HttpClient implements KawaitClient {
  readonly #base: string;

  /** @param base e.g. `http://127.0.0.1:7788` */
  constructor(base: string) {
    if (!URL.canParse(base)) throw new Error(`--url ${base} is no URL; http://127.0.0.1:7788 is one.`);
    this.#base = base.replace(/\/$/, "");
  }

  start(request: StartRequest): Promise<Written> {
    return this.#json("POST", "/threads", request) as Promise<Written>;
  }

  send(threadId: string, text: string): Promise<Written> {
    return this.#json(
      "POST",
      `/threads/${encodeURIComponent(threadId)}/resume`,
      text,
      "text/plain",
    ) as Promise<Written>;
  }

  command(threadId: string, command: ThreadCommand, reason: string): Promise<Written> {
    return this.#json("POST", `/threads/${encodeURIComponent(threadId)}/${command}`, { reason }) as Promise<Written>;
  }

  async list(): Promise<readonly ThreadSummary[]> {
    return (await this.#json("GET", "/threads")) as readonly ThreadSummary[];
  }

  async show(threadId: string): Promise<ThreadView | undefined> {
    const response = await this.#request("GET", `/threads/${encodeURIComponent(threadId)}`);
    if (response.status === 404) return undefined;
    return (await this.#read(response)) as ThreadView;
  }

  async *tail(
    topic: string,
    options: { readonly fromBeginning: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<TailRecord> {
    const from = options.fromBeginning ? "beginning" : "end";
    const response = await this.#request(
      "GET",
      `/topics/${encodeURIComponent(topic)}/records?from=${from}`,
      undefined,
      options.signal,
    );
    if (!response.ok || response.body === null) {
      await this.#read(response);
      return;
    }
    try {
      const lines = createInterface({
        input: Readable.fromWeb(response.body as never),
        crlfDelay: Number.POSITIVE_INFINITY,
      });
      for await (const line of lines) if (line !== "") yield JSON.parse(line) as TailRecord;
    } catch (error) {
      if (!options.signal.aborted) throw error;
    }
  }

  async deadLetters(): Promise<readonly TailRecord[]> {
    return (await this.#json("GET", "/dead-letters")) as readonly TailRecord[];
  }

  resendDeadLetter({ partition, offset }: { partition: number; offset: number }): Promise<Written> {
    return this.#json("POST", `/dead-letters/${partition}/${offset}/resend`) as Promise<Written>;
  }

  async deploy(...[program, options]: Parameters<KawaitClient["deploy"]>): Promise<void> {
    await this.#json("POST", "/programs", { program, ...options });
  }

  async programs(): Promise<readonly DeployedProgram[]> {
    return (await this.#json("GET", "/programs")) as readonly DeployedProgram[];
  }

  async close(): Promise<void> {}

  async #json(method: string, path: string, body?: unknown, type = "application/json"): Promise<unknown> {
    const text = body === undefined ? undefined : type === "text/plain" ? String(body) : JSON.stringify(body);
    return this.#read(await this.#request(method, path, text === undefined ? undefined : { text, type }));
  }

  async #request(
    method: string,
    path: string,
    body?: { readonly text: string; readonly type: string },
    signal?: AbortSignal,
  ): Promise<Response> {
    try {
      return await fetch(this.#base + path, {
        method,
        ...(body === undefined ? {} : { body: body.text, headers: { "content-type": body.type } }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (signal?.aborted) return new Response(null, { status: 204 });
      throw new Error(
        `Nothing answers at ${this.#base}: start "kawait dev" first, or name the brokers with --brokers. (${(error as Error).message})`,
      );
    }
  }

  async #read(response: Response): Promise<unknown> {
    const text = await response.text();
    const content = text === "" ? undefined : (JSON.parse(text) as unknown);
    if (response.ok) return content;
    const { message, code } = (content ?? {}) as { message?: unknown; code?: unknown };
    const error = new Error(typeof message === "string" ? message : `${response.status} ${response.statusText}`);
    throw typeof code === "string" ? Object.assign(error, { code }) : error;
  }
}
