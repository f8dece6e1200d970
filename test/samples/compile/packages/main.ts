// Packages from npm, as published: an ES module with a dependency, CommonJS, one that is both.
import { copy } from "copy-anything";
import equal from "fast-deep-equal";
import stringify from "safe-stable-stringify";

export async function main() {
  const value = { list: [1, { deep: new Date(86_400_000) }], text: "t" };
  const copied = copy(value);
  await null;
  const cyclic: { self?: unknown; b: number; a: number } = { b: 1, a: 2 };
  cyclic.self = cyclic;
  return [copied, copied.list === value.list, equal(copied, value), stringify(cyclic), equal({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })];
}
