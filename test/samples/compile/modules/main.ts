// Module state: mutable bindings of several modules, a cycle, namespaces, default exports, lazily set functions.
import total, { add, entries, limit, setLimit } from "./ledger.ts";
import * as Ledger from "./ledger.ts";
import { ping } from "./ping.ts";

let calls = 0;
export const visits = new Map<string, number>();
export let handler: (n: number) => number = (n) => n;

export function visit(name: string) {
  calls += 1;
  visits.set(name, (visits.get(name) ?? 0) + 1);
  handler = (n) => n * calls;
}

export async function main() {
  const before = [limit, entries.length, total(), handler(7)];
  setLimit(5);
  for (const n of [1, 2, 3, 4]) {
    await add(n);
    visit(n % 2 === 0 ? "even" : "odd");
  }
  const { limit: snapshot } = Ledger;
  setLimit(6);
  return [before, entries, limit, snapshot, Ledger.limit, total(), handler(7), handler.name, [...visits], ping(3), Object.keys(Ledger)];
}
