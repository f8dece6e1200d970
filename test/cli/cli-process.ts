/** `kawait` as a real process of its own: run to its end, or kept, killed and started again on the same folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "cli", "entry.ts");

export interface CliProcess {
  readonly child: ChildProcess;
  /** The JSON line of this kind that it printed. */
  line(kind: string): Promise<Record<string, unknown>>;
  /** The first JSON line that fits. */
  first(fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts `kawait <args> --json`. */
export function startCli(args: readonly string[]): CliProcess {
  const child = spawn(process.execPath, [main, ...args, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  const wakeAll = (): void => {
    for (const wake of [...waiting]) wake();
  };
  let errors = "";
  child.stderr?.on("data", (data) => {
    errors = `${errors}${data}`.slice(-4000);
  });
  let ended = false;
  const exited = once(child, "exit").then(() => {
    ended = true;
    wakeAll();
  });
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) lines.push(JSON.parse(line) as Record<string, unknown>);
      wakeAll();
    });
  const first = async (fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = lines.find(fits);
      if (found !== undefined) return found;
      if (ended) throw new Error(`kawait ${args.join(" ")} ended (${child.exitCode ?? child.signalCode}): ${errors}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    }
  };
  return {
    child,
    line: (kind) => first((each) => each.kind === kind),
    first,
    kill: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `kawait <args>` to its end. */
export async function runCli(args: readonly string[]): Promise<CliResult> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}
