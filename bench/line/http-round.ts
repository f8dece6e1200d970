/** Rounds of an outside process over HTTP, on a broker whose engine runs the chain workflow. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openBrokerClient, startHttpApi } from "#gateway";
import type { Broker } from "#stream";

const LOAD = fileURLToPath(new URL("../process/http-load.ts", import.meta.url));

export interface HttpRound {
  readonly steps: number;
  readonly ms: number;
}

/** The first round is for warming up, and is left out. */
export async function httpRounds(
  broker: Broker,
  installation: string,
  shape: { readonly threads: number; readonly length: number; readonly rounds: number },
): Promise<readonly HttpRound[]> {
  const client = await openBrokerClient({ broker, installation });
  const http = await startHttpApi({ client, port: 0, health: () => ({ ok: true }) });
  try {
    const counts = [shape.threads, shape.length, shape.rounds + 1].map(String);
    const load = spawn(process.execPath, ["--no-warnings", LOAD, http.address, ...counts], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const rounds: HttpRound[] = [];
    for await (const line of createInterface({ input: load.stdout })) rounds.push(JSON.parse(line) as HttpRound);
    if (rounds.length !== shape.rounds + 1) throw new Error("the outside process ended before its last round");
    return rounds.slice(1);
  } finally {
    await http.close();
    await client.close();
  }
}
