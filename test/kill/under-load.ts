/** Kills at random moments under load: between two kills a random number of effects goes by. */
import type { TestContext } from "node:test";
import type { KawaitClient } from "#gateway";
import { Ledger } from "./ledger.ts";
import { seededRandom } from "./seed.ts";
import { Waves } from "./waves.ts";

const KILLS = 20;
const THREADS = 12;
const ROUNDS = 20;
/** At most so many effects between two kills. */
const EFFECTS_MAX = 40;

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
  const { client, name = "", installation = "" } = options;
  const waves = new Waves(
    (number) => new Ledger(client, { threads: THREADS, rounds: ROUNDS, name: `${name}load${number}`, installation }),
  );
  for (let kill = 0; kill < KILLS; kill++) {
    await waves.effects(1 + random() * EFFECTS_MAX);
    await options.kill(kill, KILLS);
  }
  await waves.end();
  context.diagnostic(`${KILLS} kills during ${waves.count} loads of ${THREADS * ROUNDS} effects`);
}
