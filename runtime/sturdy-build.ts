/**
 * esbuild works in a process of its own, which may be killed like any other. esbuild itself never starts it again: each
 * later build would fail. Here it is stopped for good, and the build is made once more by a new one.
 */
import type { BuildOptions, BuildResult } from "esbuild";

const ATTEMPTS = 4;

/** @throws esbuild's error when the build fails each time */
export async function sturdyBuild(options: BuildOptions & { write: false }): Promise<BuildResult<{ write: false }>> {
  // Only here: whoever has its bundles already need not load it.
  const { build, stop } = await import("esbuild");
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await build(options);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await stop();
    }
  }
}
