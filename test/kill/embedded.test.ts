/** I1 on the embedded broker: `kawait dev`, and its sandboxes, killed with SIGKILL at random moments under load. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { HttpClient } from "../../cli/http-client.ts";
import { type CliProcess, startCli } from "../cli/cli-process.ts";
import { killChildren } from "./kill-children.ts";
import { Ledger } from "./ledger.ts";
import { seededRandom } from "./seed.ts";

const workflow = join(dirname(dirname(fileURLToPath(import.meta.url))), "fixtures", "workflows", "ledger.ts");
const KILLS = 20;

async function start(folder: string): Promise<{ process: CliProcess; client: HttpClient }> {
  const process = startCli(["dev", workflow, "--data", folder, "--port", "0", "--no-watch"]);
  const { url } = await process.line("listening");
  return { process, client: new HttpClient(String(url)) };
}

for (const target of ["dev process", "sandboxes"] as const)
  test(`${KILLS} kills of the ${target}: no effect lost, none doubled`, async (context) => {
    const random = seededRandom(context);
    const folder = await mkdtemp(join(tmpdir(), "kawait-kill-"));
    let running = await start(folder);
    context.after(async () => {
      await running.process.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    });
    const ledger = new Ledger(() => running.client, { threads: 12, rounds: 40, name: "t" });
    const run = ledger.run();
    let kills = 0;
    // A failure of the load is told by `await run` below.
    run.catch(() => {});
    while (kills < KILLS && !ledger.isDone) {
      const goal = ledger.progress() + random() / KILLS;
      await waitUntil(() => ledger.isDone || ledger.progress() >= goal);
      if (ledger.isDone) break;
      if (target === "dev process") {
        await running.process.kill("SIGKILL");
        running = await start(folder);
      } else killChildren(running.process.child.pid ?? 0);
      kills++;
    }
    await run;
    context.diagnostic(`${kills} kills`);
    if (kills < KILLS) throw new Error(`only ${kills} of ${KILLS} kills hit a running load: make it longer`);
    ledger.check();
  });

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
