/** Malformed HTTP requests to a real endpoint on a real (embedded) broker: each gets an answer, and none is the server's fault. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngineTopics, openBrokerClient, startHttpApi } from "#gateway";
import { openEmbeddedBroker } from "#stream";
import { Random } from "../../stream/fake/index.ts";
import { randomBytes, randomText } from "./mutate.ts";

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
const SERVER_ERROR = 500;

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
      const method = random.pick(METHODS);
      const base = random.chance(0.8)
        ? random.pick(PATHS)
        : `/threads/${encodeURIComponent(randomText(random).toWellFormed()).slice(0, 500)}`;
      const path = random.chance(0.1)
        ? `${base}?${random.pick(["from=x", "%", "a=%00", "from=beginning&from=end"])}`
        : base;
      const headers: Record<string, string> = random.chance(0.8) ? { "content-type": random.pick(TYPES) } : {};
      const body = method === "GET" ? undefined : randomBytes(random);
      try {
        const response = await fetch(api.address + path, {
          method,
          headers,
          ...(body === undefined ? {} : { body: Buffer.from(body) }),
        });
        const text = await response.text();
        if (response.status >= SERVER_ERROR)
          problems.push(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
      } catch (error) {
        problems.push(`${method} ${path} has no answer: ${String(error)}`);
      }
    }
  } finally {
    await api.close();
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return problems;
}
