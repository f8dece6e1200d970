/**
 * An embedded broker whose disk has no room for a while, in a process of its own. Parameter: folder. Tells on standard
 * output, as JSON, what each part of it saw.
 */
import { randomBytes } from "node:crypto";
import { type BrokerError, openEmbeddedBroker } from "#stream";
import { bytes, createTopics, INPUT, text } from "./counting-processor.ts";

const POLL_MS = 5_000;
const RECORD_BYTES = 4_000;
const SENDS_MAX = 10_000;
const SENDS_BEFORE_FULL = 20;

const [folder = ""] = process.argv.slice(2);
let isFull = false;
const broker = await openEmbeddedBroker({ folder, freeBytes: () => (isFull ? 0 : Number.POSITIVE_INFINITY) });
await createTopics(broker, 1);
const at = { topic: INPUT, partition: 0 };
const input = (value: string) => ({ ...at, key: bytes("k"), value: bytes(value) });
const idOf = (name: string) => ({ transactionalId: name, transactionTimeoutMs: 10_000 });
/** Does not pack well. */
const filling = () => randomBytes(RECORD_BYTES / 2).toString("hex");
const numberOf = (value: Uint8Array | null) => text(value).split(" ")[0] ?? "";
const codeOf = (error: BrokerError): string => error.code;

const producer = await broker.openProducer();
const before = await broker.openTransactionalProducer(idOf("before"));
const ahead = await broker.openReader({ ...at, fromOffset: 0, ahead: true });
const plain = await broker.openReader({ ...at, fromOffset: 0 });
const seen: { readonly offset: number; readonly number: string }[] = [];
let isReading = true;
const reading = (async () => {
  while (isReading) {
    for (const { offset, value } of (await ahead.poll(POLL_MS)).records) seen.push({ offset, number: numberOf(value) });
  }
})().catch(codeOf);

let durable = 0;
let refusal = "";
while (refusal === "" && durable < SENDS_MAX) {
  isFull = durable === SENDS_BEFORE_FULL;
  const sent = producer.send([input(`${durable} ${filling()}`)]);
  await sent.then(() => durable++).catch((error: BrokerError) => (refusal = error.code));
}
isFull = false;

const reader = await reading;
isReading = false;
const commit = await before.commit([input("of before")]).then(() => "committed", codeOf);
const { end } = await broker.topics.bounds(INPUT, 0);
const kept: string[] = [];
for (let position = 0; position < end; ) {
  const batch = await plain.poll(POLL_MS);
  for (const { value } of batch.records) kept.push(numberOf(value));
  position = batch.nextOffset;
}
const again = await broker.openTransactionalProducer(idOf("before"));
const [offset] = await again.commit([input("again")]);
await broker.close();
const lost = seen.filter(({ offset: at }) => at >= end).map(({ number }) => number);
process.stdout.write(
  JSON.stringify({ refusal, durable, kept: kept.length, lost, reader, commit, isAtEnd: offset === end }),
);
