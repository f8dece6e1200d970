// A CommonJS library in the style of the web's older half: UMD wrapper, prototypes, sloppy mode, shared state, arguments.
import queue from "./queue.cjs";

export async function main() {
  const q = queue.create("jobs");
  const seen: unknown[] = [];
  q.on("drain", function (this: unknown, n: number) {
    seen.push(["drain", n, this === q]);
  });
  q.push(1, 2);
  q.push(async () => 3);
  const results = await q.run((value: unknown) => (typeof value === "function" ? value() : value));
  return [results, seen, q.label(), queue.count(), queue.version, String(q)];
}
