/**
 * Joins the units of all modules into one script (docs/ARCHITECTURE.md, "One script"):
 *
 *   (function ($k) {
 *     const $T = $k.TDZ;
 *     const $x1 = $k.exports(1), …;
 *     $k.module(0, …);
 *     …
 *     $k.globals([[0, "URL", "class"]]);
 *     $k.entry(1);
 *   })
 *
 * The script itself is sloppy: each strict module's function says so.
 */
import type { LoadedProgram } from "../load/index.ts";
import type { ModuleUnit } from "../unit.ts";
import { composeMaps } from "./source-map.ts";

export function linkScript(program: LoadedProgram, units: readonly ModuleUnit[]): { code: string; map: string } {
  const head = ["(function ($k) {", "const $T = $k.TDZ;"];
  const named = referencedExports(units);
  if (named.length > 0) head.push(`const ${named.map((index) => `$x${index} = $k.exports(${index})`).join(", ")};`);
  const parts = [...head];
  const lineOffsets: number[] = [];
  let line = head.length;
  for (const unit of units) {
    lineOffsets.push(line);
    parts.push(unit.code);
    line += lineCount(unit.code);
  }
  const globals = (program.globals ?? []).map(({ name, form, module }) => [module, name, form]);
  if (globals.length > 0) parts.push(`$k.globals(${JSON.stringify(globals)});`);
  parts.push(`$k.entry(${program.entry});`, "})");
  return { code: parts.join("\n"), map: composeMaps(program.modules, units, lineOffsets) };
}

function referencedExports(units: readonly ModuleUnit[]): number[] {
  const indexes = new Set<number>();
  for (const { code } of units) {
    for (const [, index] of code.matchAll(/\$x(\d+)\b/g)) indexes.add(Number(index));
  }
  return [...indexes].filter((index) => index < units.length).sort((a, b) => a - b);
}

/** Lines as JavaScript and source maps count them: the generator ends them with `\n`, template literals may hold others. */
function lineCount(code: string): number {
  let count = 1;
  for (let at = code.indexOf("\n"); at >= 0; at = code.indexOf("\n", at + 1)) count++;
  return count;
}
