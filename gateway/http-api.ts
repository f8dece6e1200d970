/**
 * The HTTP endpoint of an engine: start, resume, look, follow. Bound to the loopback address unless told otherwise.
 * Every answer is JSON; `GET /topics/:topic/records` is a stream of JSON lines that goes on until the caller hangs up.
 */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import Fastify, { type FastifyInstance } from "fastify";
import { programProblem } from "#engine";
import {
  CONFLICT_POLICIES,
  KawaitError,
  type Limits,
  limitProblem,
  type Program,
  parseResumeRecord,
  threadIdProblem,
} from "#protocol";
import type { KawaitClient, StartRequest, TailRecord } from "./client.ts";

/** A program with its sources can be this large. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

class BadRequest extends Error {
  readonly statusCode = 400;
}

export interface HttpApi {
  /** `http://host:port` */
  readonly address: string;
  close(): Promise<void>;
}

export async function startHttpApi(options: {
  readonly client: KawaitClient;
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What `GET /health` answers; `ok: false` gives status 503. */
  readonly health: () => { readonly ok: boolean } & Record<string, unknown>;
}): Promise<HttpApi> {
  const server = Fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  server.addContentTypeParser("text/plain", { parseAs: "string" }, (_request, body, done) => done(null, body));
  server.get("/health", async (_request, reply) => {
    const health = options.health();
    return reply.code(health.ok ? 200 : 503).send(health);
  });
  threadRoutes(server, options.client);
  recordRoutes(server, options.client);
  programRoutes(server, options.client);
  topicRoutes(server, options.client);
  deadLetterRoutes(server, options.client);
  const address = await server.listen({ host: options.host ?? "127.0.0.1", port: options.port });
  return { address, close: () => server.close() };
}

function threadRoutes(server: FastifyInstance, client: KawaitClient): void {
  server.post("/threads", async (request, reply) => {
    const start = startOf(request.body);
    const { threadId } = start;
    try {
      const written = await client.start(start);
      return reply.code(201).send({ threadId, ...written });
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code !== "UnknownWorkflow" && code !== "WorkflowAmbiguous") throw error;
      return reply.code(code === "UnknownWorkflow" ? 404 : 400).send({ code, message: (error as Error).message });
    }
  });
  server.get("/threads", () => client.list());
  server.get<{ Params: { id: string } }>("/threads/:id", async (request, reply) => {
    const view = await client.show(request.params.id);
    if (view !== undefined) return view;
    return reply.code(404).send({ message: `No thread "${request.params.id}".` });
  });
  server.post<{ Params: { id: string } }>("/threads/:id/resume", async (request, reply) => {
    const text = typeof request.body === "string" ? request.body : JSON.stringify(request.body);
    const record = parseResumeRecord(new TextEncoder().encode(text), {});
    if (record.kind !== "resume")
      throw new BadRequest(
        record.kind === "malformed" ? record.message : 'a resume is JSON with "ref" and "value" or "error"',
      );
    return reply.code(202).send(await client.send(request.params.id, text));
  });
  for (const command of ["cancel", "terminate", "retry"] as const)
    server.post<{ Params: { id: string } }>(`/threads/:id/${command}`, async (request, reply) => {
      const reason = (request.body as { reason?: unknown } | null)?.reason;
      const written = await client.command(request.params.id, command, typeof reason === "string" ? reason : "");
      return reply.code(202).send(written);
    });
}

/** @throws BadRequest for a field of another form: none is dropped in silence */
function startOf(body: unknown): StartRequest {
  if (body !== null && body !== undefined && (typeof body !== "object" || Array.isArray(body)))
    throw new BadRequest('the body is {"threadId": …, "workflow": …, "argument": JSON as text, "onConflict": …}');
  const { threadId = randomUUID(), workflow, argument = "", onConflict } = (body ?? {}) as Partial<StartRequest>;
  for (const [name, value] of Object.entries({ threadId, workflow: workflow ?? "", argument }))
    if (typeof value !== "string") throw new BadRequest(`"${name}" must be a text, not ${JSON.stringify(value)}`);
  if (onConflict !== undefined && !CONFLICT_POLICIES.includes(onConflict))
    throw new BadRequest(`"onConflict" must be one of ${CONFLICT_POLICIES.join(", ")}`);
  checkThreadId(threadId);
  const record = parseResumeRecord(new TextEncoder().encode(`new:${argument}`), {});
  if (record.kind === "malformed") throw new BadRequest(record.message);
  return { threadId, argument, ...(workflow == null ? {} : { workflow }), ...(onConflict ? { onConflict } : {}) };
}

/** Several records at once, as lines of JSON: what is sent together shares a write. */
function recordRoutes(server: FastifyInstance, client: KawaitClient): void {
  server.post("/records", async (request, reply) => {
    if (typeof request.body !== "string") throw new BadRequest("the body is lines of JSON, as text/plain");
    const records = request.body
      .split("\n")
      .filter((line) => line !== "")
      .map(recordOfLine);
    await Promise.all(records.map(({ threadId, value }) => client.send(threadId, value)));
    return reply.code(202).send({ records: records.length });
  });
}

/** `{"threadId": …, "value": "new:…" or a resume as text}` */
function recordOfLine(line: string): { readonly threadId: string; readonly value: string } {
  let parsed: { threadId?: unknown; value?: unknown } | null;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new BadRequest(`a line is no JSON: ${(error as Error).message}`);
  }
  const { threadId, value } = parsed ?? {};
  if (typeof threadId !== "string" || typeof value !== "string")
    throw new BadRequest('a line is {"threadId": text, "value": text}');
  checkThreadId(threadId);
  const record = parseResumeRecord(new TextEncoder().encode(value), {});
  if (record.kind === "malformed") throw new BadRequest(record.message);
  return { threadId, value };
}

function programRoutes(server: FastifyInstance, client: KawaitClient): void {
  server.get("/programs", () => client.programs());
  server.post("/programs", async (request, reply) => {
    const body = request.body as { program?: Program; isDefault?: boolean; limits?: Partial<Limits> } | null;
    if (body?.program?.hash === undefined)
      throw new BadRequest('the body is {"program": …, "isDefault": …, "limits": …}');
    const wrong = programProblem(body.program);
    if (wrong !== undefined) throw new BadRequest(`This is not a program: ${wrong}. Compile it again.`);
    for (const [name, value] of Object.entries(body.limits ?? {})) {
      const problem = limitProblem(name, value);
      if (problem !== undefined) throw new BadRequest(problem);
    }
    try {
      await client.deploy(body.program, { isDefault: body.isDefault === true, limits: body.limits ?? {} });
    } catch (error) {
      // The program's own fault, as the check before a deployment has it.
      if (!(error instanceof KawaitError)) throw error;
      return reply.code(422).send({ code: error.code, message: error.message });
    }
    return reply.code(201).send({ hash: body.program.hash });
  });
}

function topicRoutes(server: FastifyInstance, client: KawaitClient): void {
  server.get<{ Params: { topic: string }; Querystring: { from?: string } }>(
    "/topics/:topic/records",
    (request, reply) => {
      const hangUp = new AbortController();
      request.raw.on("close", () => hangUp.abort());
      const records = client.tail(request.params.topic, {
        fromBeginning: request.query.from === "beginning",
        signal: hangUp.signal,
      });
      return reply.type("application/x-ndjson").send(lines(records));
    },
  );
}

function deadLetterRoutes(server: FastifyInstance, client: KawaitClient): void {
  server.get("/dead-letters", () => client.deadLetters());
  server.post<{ Params: { partition: string; offset: string } }>(
    "/dead-letters/:partition/:offset/resend",
    async (request, reply) => {
      const [partition, offset] = [Number(request.params.partition), Number(request.params.offset)];
      if (!Number.isSafeInteger(partition) || !Number.isSafeInteger(offset) || partition < 0 || offset < 0)
        throw new BadRequest("a dead letter is named by its partition and offset");
      try {
        return reply.code(202).send(await client.resendDeadLetter({ partition, offset }));
      } catch (error) {
        if ((error as { code?: unknown }).code !== "UnknownTopic") throw error;
        return reply.code(404).send({ message: (error as Error).message });
      }
    },
  );
}

/** Lines that became known in one turn of the event loop go out together; a slow caller holds the reading up. */
function lines(records: AsyncIterable<TailRecord>): Readable {
  let isFull = false;
  let onRoom = (): void => {};
  const stream = new Readable({
    read: () => {
      isFull = false;
      onRoom();
    },
  });
  let text = "";
  const flush = (): void => {
    const out = text;
    text = "";
    if (!stream.destroyed && out !== "") isFull = !stream.push(out);
  };
  const pump = async (): Promise<void> => {
    // An empty line at once: the answer's head goes out before the first record comes.
    stream.push("\n");
    for await (const record of records) {
      if (text === "") setImmediate(flush);
      text += `${JSON.stringify(record)}\n`;
      if (!isFull) continue;
      await new Promise<void>((resolve) => {
        onRoom = resolve;
        stream.once("close", resolve);
      });
    }
    flush();
    stream.push(null);
  };
  pump().catch((error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))));
  return stream;
}

function checkThreadId(threadId: string): void {
  const problem = threadIdProblem(threadId);
  if (problem !== undefined) throw new BadRequest(`The thread id cannot be: ${problem}.`);
}
