/** Defect 5: a request queue of kafkajs re-arms a timer of 1 ms for ever, and warns of negative timeouts. No broker. */
import assert from "node:assert/strict";
import { test } from "node:test";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { mendIdleTimer } from "../../../stream/kafka/connection.ts";

const WATCHED_MS = 150;
const MANY = 20;
/** A machine may be slow to run even so many timers. */
const LOADED_MS = 10_000;

function newQueue(): RequestQueue {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, namespace: () => silent };
  return new RequestQueue({
    maxInFlightRequests: 5,
    requestTimeout: 1000,
    enforceRequestTimeout: false,
    clientId: "test",
    broker: "none:0",
    logger: silent,
  });
}

/** How often an idle queue looks for something to do, from one answered request on; watched until it was `enough`. */
async function wakeUps(mended: boolean, enough: number, withinMs: number): Promise<number> {
  const queue = newQueue();
  if (mended) mendIdleTimer(queue);
  let looks = 0;
  const check = queue.checkPendingRequests.bind(queue);
  queue.checkPendingRequests = () => {
    looks += 1;
    check();
  };
  const answered = new Promise<void>((resolve) => {
    const entry = { apiKey: 3, apiName: "Metadata", apiVersion: 1, correlationId: 1, resolve, reject: resolve };
    queue.push({ entry, expectResponse: true, requestTimeout: null, sendRequest: () => {} });
  });
  queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
  await answered;
  for (const deadline = Date.now() + withinMs; looks < enough && Date.now() < deadline; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  queue.destroy();
  return looks;
}

test("an idle connection sleeps", async () => {
  assert.ok((await wakeUps(false, MANY, LOADED_MS)) >= MANY, "kafkajs has mended its timer");
  assert.equal(await wakeUps(true, MANY, WATCHED_MS), 1);
});

test("what waits for the broker's throttling is sent when it ends", async () => {
  const queue = newQueue();
  mendIdleTimer(queue);
  queue.maybeThrottle(50);
  const began = Date.now();
  await new Promise<void>((resolve) => {
    const entry = { apiKey: 3, apiName: "Metadata", apiVersion: 1, correlationId: 1, resolve, reject: resolve };
    queue.push({ entry, expectResponse: true, requestTimeout: null, sendRequest: () => resolve() });
  });
  queue.destroy();
  assert.ok(Date.now() - began >= 45);
});
