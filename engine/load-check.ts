/**
 * What a load tells without a thread.
 *
 * Before a program is deployed its modules are evaluated once, as every thread of it would: in a sandbox, with the limits that it
 * declares (I5). What would fault each of its threads is told to the person who deploys it, and nothing is written (I4).
 *
 * Boundary: modules with a top-level `await` run in the thread, with its argument and its time; they are not evaluated here.
 */
import { KawaitError, type Limits, type Program } from "#protocol";
import type { ImageNames, SandboxPool } from "#runtime";

/** @throws KawaitError `ProgramLoadFailed`, with the place of what was thrown; or the code of the limit that the load broke */
export async function assertLoads(pool: SandboxPool, program: Program, limits: Partial<Limits> = {}): Promise<void> {
  pool.addProgram(program);
  const { failure } = await pool.programSummary(program.hash, limits.memoryMb);
  if (failure === null) return;
  const what = `The workflow "${program.name}" is not deployed: its modules cannot be loaded [${failure.code}].`;
  throw new KawaitError(failure.code, `${what}\n${failure.message}`);
}

/** What objects of a program's image are called, by their indexes; those that are not there have no name. */
export type NameImages = (program: Program, indexes: readonly number[]) => Promise<ImageNames>;

/** By loading the program once more: numbers in a state mean something only to a context that has done so. */
export async function nameImagesIn(
  pool: SandboxPool,
  program: Program,
  indexes: readonly number[],
): Promise<ImageNames> {
  pool.addProgram(program);
  const { imageNames } = await pool.programSummary(program.hash, program.settings?.limits?.memoryMb, indexes);
  return new Map(indexes.flatMap((index, at) => (imageNames[at] ? [[index, imageNames[at]] as const] : [])));
}
