/** A child process that judges scenarios: those that the engine does not survive cost this process, not the run. */
import process from "node:process";
import type { Scenario } from "./corpus.ts";
import { idOf } from "./corpus.ts";
import { type Mode, runAdapter, spent } from "./durable.ts";
import { runNative, type Verdict } from "./native.ts";

export type WorkerMode = Mode | "native";

export interface Batch {
  readonly root: string;
  readonly mode: WorkerMode;
  readonly scenarios: readonly Scenario[];
}

export type Answer =
  | { readonly kind: "begun"; readonly id: string }
  | { readonly kind: "verdict"; readonly id: string; readonly verdict: Verdict }
  | { readonly kind: "done"; readonly spent: typeof spent };

const answer = (message: Answer): void => {
  process.send!(message);
};

// Native runs leave rejected promises behind: they are the test's business.
process.on("unhandledRejection", () => {});
process.on("disconnect", () => process.exit());
process.on("message", async ({ root, mode, scenarios }: Batch) => {
  for (const scenario of scenarios) {
    const id = idOf(scenario);
    answer({ kind: "begun", id });
    const verdict = mode === "native" ? await runNative(root, scenario) : await runAdapter(root, scenario, mode);
    answer({ kind: "verdict", id, verdict });
  }
  answer({ kind: "done", spent });
});
