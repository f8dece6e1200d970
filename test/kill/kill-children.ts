/** SIGKILL for every child of a process: the sandboxes of an engine. One that ends by itself meanwhile is no failure. */
import { execFileSync } from "node:child_process";

export function killChildren(parent: number): void {
  for (const pid of childrenOf(parent))
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
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
