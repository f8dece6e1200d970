/** Defect 5: a request queue of kafkajs re-arms a timer of 1 ms for ever, and warns of negative timeouts. No broker. */
import assert from "node:assert/strict";
import { test } from "node:test";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { mendIdleTimer } from "../../../stream/kafka/connection.ts";

const WATCHED_MS = 150;

/** How often an idle queue looks for something to do, from one answered request on. */
async function wakeUps(mended: boolean): Promise<number> {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, namespace: () => silent };
  const queue = new RequestQueue({
    maxInFlightRequests: 5,
    requestTimeout: 1000,
    enforceRequestTimeout: false,
    clientId: "test",
    broker: "none:0",
    logger: silent,
  });
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
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  queue.destroy();
  return looks;
}

test("an idle connection sleeps", async () => {
  assert.ok((await wakeUps(false)) > 20, "kafkajs has mended its timer");
  assert.equal(await wakeUps(true), 1);
});

test("what waits for the broker's throttling is sent when it ends", async () => {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, namespace: () => silent };
  const queue = new RequestQueue({
    maxInFlightRequests: 5,
    requestTimeout: 1000,
    enforceRequestTimeout: false,
    clientId: "test",
    broker: "none:0",
    logger: silent,
  });
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
