// Packages from npm, as published: ES modules with dependencies, CommonJS.
import equal from "fast-deep-equal";
import stringify from "safe-stable-stringify";
import superjson from "superjson";

export async function main() {
  const value = { when: new Date(86_400_000), set: new Set([1, 2]), map: new Map([["k", { big: 12n }]]), nothing: undefined };
  const text = superjson.stringify(value);
  await null;
  const back = superjson.parse(text) as typeof value;
  const cyclic: { self?: unknown; b: number; a: number } = { b: 1, a: 2 };
  cyclic.self = cyclic;
  return [text, equal(back.when, value.when), [...back.set], back.map.get("k")!.big === 12n, stringify(cyclic), equal({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })];
}
