/** One step that takes all it can get, of the kind that the argument names. */
import * as W from "kawait";

W.config.outputTopics.add("hostile-out");

const HOGS: Readonly<Record<string, () => unknown>> = {
  loop: () => {
    for (;;);
  },
  // A loop in native code, which cannot be interrupted.
  native: () => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 5),
  memory: () => {
    const all: unknown[] = [];
    for (;;) all.push(new Array(1_000).fill({}));
  },
  recursion: () => {
    const down = (depth: number): number => down(depth + 1) + 1;
    return down(0);
  },
  outputs: () => {
    for (;;) W.output("x".repeat(1_000), "hostile-out", "none");
  },
};

export async function main(kind: string): Promise<unknown> {
  return HOGS[kind]?.();
}
