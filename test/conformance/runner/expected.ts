/** Tests that are known to fail, each with its reason: `expected-failures.txt`, lines of `<path> <strictness>  # reason`. */
import { readFileSync } from "node:fs";

export function expectedFailures(): ReadonlyMap<string, string> {
  const text = readFileSync(new URL("../expected-failures.txt", import.meta.url), "utf8");
  const expected = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [id, reason] = line.split("#");
    if (reason === undefined || reason.trim() === "") throw new Error(`expected-failures.txt: no reason in "${line}"`);
    expected.set(id!.trim(), reason.trim());
  }
  return expected;
}
