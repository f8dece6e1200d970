/** Names inside one step function: every local gets one of its own, so that no two ever share a slot of a frame. */
import type { types as t } from "@babel/core";
import { childrenOf } from "./suspends.ts";

export class Names {
  readonly #taken = new Set<string>();
  readonly #mentioned = new Set<string>();
  #temporaries = 0;

  /** Every identifier under `roots` counts as mentioned: made names avoid it wherever it stands. */
  mention(roots: readonly t.Node[]): void {
    const stack = [...roots];
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (node.type === "Identifier") this.#mentioned.add(node.name);
      stack.push(...childrenOf(node));
    }
  }

  isMentioned(name: string): boolean {
    return this.#mentioned.has(name);
  }

  /** Takes a name as it is; false when another local has it. */
  take(name: string): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }

  /** The name itself when nothing in the function mentions it, else with a number behind. */
  fresh(base: string): string {
    for (let suffix = 0; ; suffix++) {
      const name = suffix === 0 ? base : `${base}$${suffix}`;
      if (!this.#mentioned.has(name) && this.take(name)) return name;
    }
  }

  /** `told`: names of the source that messages of the engine shall have for it. */
  temporary(told = ""): string {
    for (;;) {
      const name = `$${++this.#temporaries}${told}`;
      if (!this.#mentioned.has(name) && this.take(name)) return name;
    }
  }
}
