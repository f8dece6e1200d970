/**
 * Whether what calls itself a program is one: its form as far as anybody outside of the sandbox reads it, and its hash. A
 * program that passes may still fail to load; that is its threads' fault, and theirs alone (I4, I6).
 */
import { createHash } from "node:crypto";
import { type Program, programHashInput } from "#protocol";

const TABLES = ["functions", "classes", "scopes", "globals", "modules", "strings", "shapes"] as const;
const DEBUG = ["sources", "sourcesContent", "functions", "spans"] as const;

/** What is wrong with it, as the rest of a sentence; undefined: nothing. */
export function programProblem(value: unknown): string | undefined {
  const { name, abi, code, hash, tables, debug } = Object(value) as Partial<Program>;
  if (typeof name !== "string" || name === "") return "it has no name";
  if (typeof abi !== "number" || typeof code !== "string" || typeof hash !== "string")
    return "it lacks its ABI version, code or hash";
  if (!hasArrays(tables, TABLES) || !Number.isSafeInteger((tables as Program["tables"]).entry))
    return "its tables are not those of a program";
  if (!hasArrays(debug, DEBUG) || typeof (debug as Program["debug"]).map !== "string")
    return "its debug part is not that of a program";
  const actual = createHash("sha256")
    .update(programHashInput(abi, code, tables as Program["tables"]))
    .digest("hex");
  return actual === hash ? undefined : `its hash is ${actual.slice(0, 12)}…, not ${hash.slice(0, 12)}…`;
}

function hasArrays(value: unknown, names: readonly string[]): boolean {
  const fields = Object(value) as Readonly<Record<string, unknown>>;
  return names.every((name) => Array.isArray(fields[name]));
}
