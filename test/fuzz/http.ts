/**
 * Malformed HTTP requests to a real endpoint on a real (embedded) broker, by a client that speaks HTTP and by bytes on a
 * socket that do not: each gets an answer that blames the request, or its connection is closed; the endpoint serves on.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngineTopics, openBrokerClient, startHttpApi } from "#gateway";
import { openEmbeddedBroker } from "#stream";
import { Random } from "../../stream/fake/index.ts";
import { damaged, randomBytes, randomText } from "./mutate.ts";

const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const PATHS = [
  "/threads",
  "/threads/t",
  "/threads/t/resume",
  "/threads/t/cancel",
  "/threads/t/retry",
  "/records",
  "/programs",
  "/dead-letters",
  "/dead-letters/0/0/resend",
  "/dead-letters/x/y/resend",
  "/health",
];
const TYPES = ["application/json", "text/plain", "application/octet-stream", "", "text/html; charset=\u00e4"];
/** Bodies of the right form with something wrong in it. */
const BODIES = [
  '{"threadId": 5, "argument": {}}',
  '{"threadId": "a|b", "workflow": [1]}',
  '{"threadId": "t", "workflow": "none", "argument": "{}", "onConflict": "never"}',
  '{"threadId": "t", "headers": {"a": 5}}',
  '{"ref": "x", "value": 1, "error": 2}',
  '{"reason": {"a": 1}}',
  '{"program": {"hash": "x"}}',
  '{"program": {"hash": 5, "name": "w", "code": "", "tables": {}}}',
  '{"program": null, "limits": {"stepMs": -1}}',
  '{"program": {"hash": "x", "__proto__": null}, "limits": 7}',
  '{"threadId": "t", "value": "new:1"}\n{"threadId": "t", "value": "x"}',
  '{"threadId": "t", "value": "new:{"}\n\n[]',
  "null",
  "[]",
  "5",
];
const RAW_SHARE = 0.2;
const RAW_REQUEST = Buffer.from(
  'POST /threads/t/resume HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 21\r\nConnection: close\r\n\r\n{"ref":"x","value":1}',
);
const RAW_HEADERS = [
  "Transfer-Encoding: chunked",
  "Content-Length: -1",
  "Content-Length: 99999999999999",
  "Expect: 100-continue",
  "Upgrade: websocket",
  "Content-Encoding: gzip",
  "X: \0",
  ": none",
  "Host: ",
  `Cookie: ${"x".repeat(20_000)}`,
];
const SERVER_ERROR = 500;
/** An endpoint that neither answers nor hangs up. */
const ANSWER_MS_MAX = 20_000;

/** @returns what is wrong */
export async function fuzzHttp(seed: number, count: number): Promise<string[]> {
  const random = new Random(seed);
  const folder = mkdtempSync(join(tmpdir(), "kawait-fuzz-http-"));
  const broker = await openEmbeddedBroker({ folder });
  await createEngineTopics(broker, { installation: "", partitions: 1, replication: 1 });
  const client = await openBrokerClient({ broker, installation: "", closeBroker: true });
  const api = await startHttpApi({ client, port: 0, health: () => ({ ok: true }) });
  const problems: string[] = [];
  try {
    for (let index = 0; index < count && problems.length < 5; index++) {
      const problem = await (random.chance(RAW_SHARE) ? tryBytes : tryRequest)(random, api.address);
      if (problem !== undefined) problems.push(problem);
    }
    const health = await fetch(`${api.address}/health`);
    if (!health.ok) problems.push(`afterwards its health is ${health.status}`);
  } catch (error) {
    problems.push(`afterwards it does not serve: ${String(error)}`);
  } finally {
    await api.close();
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return problems;
}

async function tryRequest(random: Random, address: string): Promise<string | undefined> {
  const method = random.pick(METHODS);
  const base = random.chance(0.8)
    ? random.pick(PATHS)
    : `/threads/${encodeURIComponent(randomText(random).toWellFormed()).slice(0, 500)}`;
  const path = random.chance(0.1)
    ? `${base}?${random.pick(["from=x", "%", "a=%00", "from=beginning&from=end"])}`
    : base;
  const headers: Record<string, string> = random.chance(0.8) ? { "content-type": random.pick(TYPES) } : {};
  const body = method === "GET" ? undefined : randomBody(random);
  const what = `${method} ${path} with ${JSON.stringify(headers)}, ${body?.toString("latin1").slice(0, 500)}`;
  try {
    const given = body === undefined ? {} : { body };
    const response = await fetch(address + path, {
      method,
      headers,
      ...given,
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const text = await response.text();
    return response.status < SERVER_ERROR ? undefined : `${what}: ${response.status} ${text.slice(0, 200)}`;
  } catch (error) {
    return `${what} has no answer: ${String(error)}`;
  }
}

function randomBody(random: Random): Buffer<ArrayBuffer> {
  const draw = random.below(3);
  const sound = Buffer.from(random.pick(BODIES));
  return Buffer.from(draw === 0 ? randomBytes(random) : draw === 1 ? sound : damaged(random, sound));
}

/** What is wrong with the answer to bytes that are nearly HTTP; a closed connection is one. */
function tryBytes(random: Random, address: string): Promise<string | undefined> {
  let bytes = RAW_REQUEST;
  if (random.chance(0.5)) bytes = Buffer.from(bytes.toString().replace("Host: a", random.pick(RAW_HEADERS)));
  if (random.chance(0.8)) bytes = Buffer.from(damaged(random, bytes));
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = "";
    const end = (): void => {
      clearTimeout(patience);
      socket.destroy();
      const isServerError = /^HTTP\/1.1 5(?!05)/.test(answer);
      resolve(isServerError ? `${JSON.stringify(bytes.toString("latin1"))}: ${answer.slice(0, 200)}` : undefined);
    };
    const patience = setTimeout(() => {
      answer = "HTTP/1.1 599 neither answered nor closed";
      end();
    }, ANSWER_MS_MAX);
    socket.on("data", (data) => {
      answer += data.toString("latin1");
    });
    socket.on("close", end);
    socket.on("error", end);
    // Behind this end no body is waited for.
    socket.end(bytes);
  });
}
