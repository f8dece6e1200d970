/**
 * Compiles one workflow in a process of its own: `child.ts <entry> <cache folder> <rounds>`. Prints milliseconds by round as
 * JSON; the first has the compiler itself to load.
 */
import { dirname } from "node:path";
import process from "node:process";

const [entry, cacheFolder, rounds] = process.argv.slice(2);
const times: number[] = [];
let before = performance.now();
const { compile } = await import("#compiler");
for (let round = 0; round < Number(rounds); round++) {
  await compile({ entry: entry!, folder: dirname(entry!), cacheFolder: cacheFolder! });
  const now = performance.now();
  times.push(now - before);
  before = now;
}
process.stdout.write(JSON.stringify(times));
