/**
 * SIGKILL for every child of a process: the sandboxes of an engine. One that ends by itself meanwhile is no failure.
 * Gives how many were killed.
 */
import { execFileSync } from "node:child_process";

export function killChildren(parent: number): number {
  let killed = 0;
  for (const pid of childrenOf(parent))
    try {
      process.kill(pid, "SIGKILL");
      killed++;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  return killed;
}

function childrenOf(parent: number): readonly number[] {
  try {
    return execFileSync("pgrep", ["-P", String(parent)], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map(Number);
  } catch {
    return [];
  }
}
