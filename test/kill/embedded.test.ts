/** I1 on the embedded broker: `kawait dev`, and its sandboxes, killed with SIGKILL at random moments under load. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { HttpClient } from "../../cli/http-client.ts";
import { type CliProcess, startCli } from "../cli/cli-process.ts";
import { killChildren } from "./kill-children.ts";
import { killUnderLoad } from "./under-load.ts";

const workflow = join(dirname(dirname(fileURLToPath(import.meta.url))), "fixtures", "workflows", "ledger.ts");

async function start(folder: string): Promise<{ process: CliProcess; client: HttpClient }> {
  const process = startCli(["dev", workflow, "--data", folder, "--port", "0", "--no-watch"]);
  const { url } = await process.line("listening");
  return { process, client: new HttpClient(String(url)) };
}

for (const target of ["dev process", "sandboxes"] as const)
  test(`embedded, kills of the ${target}: no effect lost, none doubled`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "kawait-kill-"));
    let running = await start(folder);
    context.after(async () => {
      await running.process.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    });
    await killUnderLoad(context, {
      client: () => running.client,
      kill: async () => {
        if (target === "sandboxes") {
          killChildren(running.process.child.pid ?? 0);
          return;
        }
        await running.process.kill("SIGKILL");
        running = await start(folder);
      },
    });
  });
