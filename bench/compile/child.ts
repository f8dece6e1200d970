/**
 * Compiles one workflow in a process of its own: `child.ts <entry> <cache folder> <rounds>`. Prints milliseconds by round as
 * JSON, of the clock and of the processor; the first has the compiler itself to load.
 */
import { dirname } from "node:path";
import process from "node:process";

const [entry, cacheFolder, rounds] = process.argv.slice(2);
const times: { readonly wallMs: number; readonly cpuMs: number }[] = [];
let before = performance.now();
let used = process.cpuUsage();
const { compile } = await import("#compiler");
for (let round = 0; round < Number(rounds); round++) {
  await compile({ entry: entry!, folder: dirname(entry!), cacheFolder: cacheFolder! });
  const now = performance.now();
  const { user, system } = process.cpuUsage(used);
  times.push({ wallMs: now - before, cpuMs: (user + system) / 1_000 });
  before = now;
  used = process.cpuUsage();
}
process.stdout.write(JSON.stringify(times));
