/**
 * A process of the takeover benchmark: keeps one value a key and tells on standard output what happens to its partition.
 * Arguments: the broker's address, prefix of the topics, data folder.
 */
import process from "node:process";
import { createKafkaBroker, startRunner } from "#stream";
import { TAKEOVER_TOPICS } from "./takeover-topics.ts";

const [address = "", prefix = "", dataFolder = ""] = process.argv.slice(2);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const runner = startRunner({
  broker: createKafkaBroker({ brokers: [address] }),
  definition: {
    name: "takeover",
    inputTopic: prefix + TAKEOVER_TOPICS.input,
    changelogTopic: prefix + TAKEOVER_TOPICS.changelog,
    catchUpBeforeTicks: false,
    open: async ({ store }) => {
      say({ kind: "open", entries: store.count() });
      return {
        async process(records, batch) {
          let count = 0;
          for (const { key, value } of records) {
            batch.put(Buffer.from(key ?? []).toString(), value);
            count += 1;
            if (batch.full) break;
          }
          return count;
        },
        async reject() {},
        nextTickMs: () => undefined,
        async tick() {},
        discard() {},
        committed() {},
        async close() {},
      };
    },
  },
  installation: prefix,
  dataFolder,
  logger: {
    info: (message, fields) => say({ kind: message, ...fields }),
    warn: () => {},
    error: (message) => process.stderr.write(`${message}\n`),
  },
});
let told = -1;
setInterval(() => {
  const position = runner.metrics().positions[0];
  if (position === undefined || position === told) return;
  told = position;
  say({ kind: "position", position });
}, 5);
