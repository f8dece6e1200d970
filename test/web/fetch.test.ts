/**
 * `fetch` as an effect: requests go out as records, a worker carries them out against a real server, and the answers resume the
 * thread, which was saved and dropped in between. On the embedded broker and on Kafka.
 */
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openWorld, type World, type WorldOptions } from "../engine/world.ts";
import { kafkaMissing, sharedKafka } from "../kafka/harness/index.ts";
import { startFetchWorker } from "./fetch-worker.ts";

const workflow = join(import.meta.dirname, "..", "fixtures", "workflows", "fetching.ts");
const TOPIC = "http-requests";

const answer: RequestListener = (request, response) => {
  switch (request.url) {
    case "/json?a=1":
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ method: request.method, mine: request.headers["x-mine"] }));
      return;
    case "/echo":
      request.pipe(response);
      return;
    case "/form":
      response.setHeader("content-type", request.headers["content-type"] ?? "");
      request.pipe(response);
      return;
    case "/moved":
      response.writeHead(302, { location: "/json?a=1" }).end();
      return;
    case "/empty":
      response.writeHead(204).end();
      return;
    case "/large":
      response.end(Buffer.alloc(600_000));
      return;
    case "/endless":
      return;
    default:
      response.writeHead(404).end("not here");
  }
};

async function serve(context: TestContext): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function fetchesEverything(context: TestContext, options: Partial<WorldOptions>): Promise<void> {
  const base = await serve(context);
  const world: World = await openWorld(context, {
    workflows: [workflow],
    topics: [TOPIC],
    engine: { checkpoint: "drop" },
    ...options,
  });
  const worker = startFetchWorker(world.client, TOPIC);
  try {
    await world.resume("t", `new:${JSON.stringify({ base })}`);
    const result = await world.take("workflow-result").catch(async (error) => {
      const view = await world.client.show("t");
      throw new Error(view?.failure?.stack ?? JSON.stringify(view), { cause: error });
    });
    assert.deepEqual(JSON.parse(result.value ?? ""), {
      first: [200, true, "application/json", `${base}/json?a=1`, false, "basic"],
      json: { method: "GET", mine: "yes" },
      echo: ['{"ü":[1,2]}', true, false, 12],
      bytes: [0, 255, 128],
      missing: [404, false, "not here"],
      moved: [`${base}/json?a=1`, true, 200],
      empty: [204, ""],
      immutable: "TypeError: immutable",
      refused: ["TypeError: fetch failed", "bad port"],
      large: ["TypeError: fetch failed", "FetchBodyTooLarge"],
      largeRequest: "FetchBodyTooLarge",
      scheme: ["TypeError: fetch failed", "unknown scheme"],
      form: ["é", "a.bin", "x/y", 3, [0, 255, 128]],
      blob: [3, "", 0],
      aborted: "enough",
      timeout: "TimeoutError",
      cancelled: true,
    });
    const told = (await world.rest(TOPIC)).filter(({ value }) => value?.includes('"cancel":true'));
    assert.equal(told.length, 3, "the worker hears of each request that was given up");
  } finally {
    await worker.stop();
  }
}

test("requests and answers on the embedded broker, the thread restored at every step", (context) =>
  fetchesEverything(context, {}));

test("requests and answers on Kafka", { skip: kafkaMissing(), timeout: 120_000 }, async (context) => {
  const { brokers, installation, release } = await sharedKafka();
  await fetchesEverything(context, { kafka: { brokers, installation, release } });
});
