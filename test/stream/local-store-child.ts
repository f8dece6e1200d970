/** Writes numbered transactions to a local store until it is killed. Parameters: folder, changelog topic. */
import { CHANGELOG_VERSION, encodeEnvelopes, encodeReserved, ID_KEY } from "#protocol";
import { openEmbeddedBroker } from "#stream";
import { openLocalStore } from "../../stream/store/local-store.ts";
import { bytes, text } from "./counting-processor.ts";

const [folder = "", topic = ""] = process.argv.slice(2);
const broker = await openEmbeddedBroker({ folder: `${folder}/broker` });
const store = await openLocalStore({
  options: { changelogTopic: topic, partition: 0, dataFolder: folder },
  openReader: (at) => broker.openReader(at),
  bounds: (name, partition) => broker.topics.bounds(name, partition),
});
const producer = await broker.openTransactionalProducer({ transactionalId: "t", transactionTimeoutMs: 1000 });
for (let n = Number(text(store.get("n"))) + 1; ; n++) {
  const values: Record<string, Uint8Array | null> = {
    [`k${n % 50}`]: n % 7 === 0 ? null : bytes(String(n).repeat(200)),
    n: bytes(String(n)),
  };
  if (store.get(ID_KEY) === undefined) {
    values[ID_KEY] = encodeReserved({
      version: CHANGELOG_VERSION,
      installation: "",
      partitions: 1,
      changelogId: "killed",
    });
  }
  const changes = Object.entries(values).flatMap(([key, value]) => encodeEnvelopes(key, value, 300, store.pieces(key)));
  const offsets = await producer.commit(
    changes.map(({ key, value }) => ({ topic, partition: 0, key: bytes(key), value })),
  );
  await store.applyCommitted(changes, offsets.at(-1)! + 1);
  if (n % 20 === 0) process.stdout.write(`${n}\n`);
}
