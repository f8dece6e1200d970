/**
 * Kills at random moments under load: between two kills a random number of effects goes by; a load that comes to its end is
 * checked and followed by the next, until all kills were made.
 */
import type { TestContext } from "node:test";
import type { KawaitClient } from "#gateway";
import { Ledger } from "./ledger.ts";
import { seededRandom } from "./seed.ts";

const KILLS = 20;
const THREADS = 12;
const ROUNDS = 40;
/** At most so many effects between two kills. */
const EFFECTS_MAX = 40;
const LOOK_MS = 5;

export async function killUnderLoad(
  context: TestContext,
  options: {
    /** The connection as it is now. */
    readonly client: () => KawaitClient;
    readonly installation?: string;
    /** Stands before the names of the threads; one's own where tests share an installation. */
    readonly name?: string;
    /** Kills, and starts again. */
    readonly kill: (index: number, total: number) => Promise<void>;
  },
): Promise<void> {
  const random = seededRandom(context);
  const ledgers: Ledger[] = [];
  for (let kills = 0; kills < KILLS; ) {
    const ledger = new Ledger(options.client, {
      threads: THREADS,
      rounds: ROUNDS,
      name: `${options.name ?? ""}load${ledgers.length}`,
      installation: options.installation ?? "",
    });
    ledgers.push(ledger);
    const run = ledger.run();
    const ended = run.then(
      () => {},
      () => {},
    );
    while (kills < KILLS) {
      const goal = ledger.seen() + 1 + random() * EFFECTS_MAX;
      while (!ledger.isDone && ledger.seen() < goal)
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
      if (ledger.isDone) break;
      await options.kill(kills, KILLS);
      kills++;
    }
    await run;
  }
  for (const ledger of ledgers) ledger.check();
  context.diagnostic(`${KILLS} kills during ${ledgers.length} loads of ${THREADS * ROUNDS} effects`);
}
