/** Writes groups to the embedded broker's disk until it is killed. Parameter: folder. Tells what is durable: its number, a line each. */
import { writeSync } from "node:fs";
import { Disk } from "../../stream/embedded/disk.ts";
import { countOn, groupOf } from "./disk-model.ts";

const [folder = ""] = process.argv.slice(2);
// Small, so that LMDB is given something all the time, and the log's files take turns.
const disk = await Disk.open(folder, () => Number.POSITIVE_INFINITY, { writes: 24, afterMs: 1, groupBytes: 4_000 });
for (let number = countOn(disk) + 1; ; number++) {
  await disk.write(groupOf(number));
  writeSync(1, `${number}\n`);
}
