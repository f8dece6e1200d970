/**
 * `npm run bench [name…]`: the first figures, each beside what it is compared with (`docs/PERFORMANCE.md`). Without names
 * all of them run, in a few minutes; those against a real Kafka only where there are Java and Maven.
 */
import { availableParallelism, cpus, loadavg } from "node:os";
import process from "node:process";
import { BENCHMARKS } from "../bench/index.ts";
import { formatTable } from "../bench/table.ts";
import { commandLine } from "./command-line.ts";

const { name: asked } = commandLine("npm run bench", "Benchmarks, each beside what it is compared with.", {
  name: { kind: "names", choices: Object.keys(BENCHMARKS), means: "which ones; without names all of them" },
});

function load(): string {
  return `load average ${loadavg()
    .map((value) => value.toFixed(1))
    .join(" ")}`;
}

process.stdout.write(
  `${new Date().toISOString()}, Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model}, ${load()}\n\n`,
);
for (const [name, run] of Object.entries(BENCHMARKS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const start = performance.now();
  for (const table of await run()) process.stdout.write(`${formatTable(table)}\n`);
  const seconds = ((performance.now() - start) / 1_000).toFixed(0);
  process.stdout.write(`(${name}: ${seconds} s, ${load()})\n\n`);
}
