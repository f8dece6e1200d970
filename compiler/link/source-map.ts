/**
 * One source map for the script, composed once from those of the units: sources are the modules, in their order.
 */
import { fromMap, toEncodedMap } from "@jridgewell/gen-mapping";
import { decodedMappings, type SourceMapSegment, TraceMap } from "@jridgewell/trace-mapping";
import type { LoadedModule } from "../load/index.ts";
import type { ModuleUnit } from "../unit.ts";

export function composeMaps(
  modules: readonly LoadedModule[],
  units: readonly ModuleUnit[],
  lineOffsets: readonly number[],
): string {
  const mappings: SourceMapSegment[][] = [];
  for (const [index, unit] of units.entries()) {
    const own = new TraceMap({ version: 3, sources: [modules[index]!.file], names: [], mappings: unit.mappings });
    while (mappings.length < lineOffsets[index]!) mappings.push([]);
    for (const line of decodedMappings(own)) {
      mappings.push(
        line.map((segment) => (segment.length === 1 ? [segment[0]] : [segment[0], index, segment[2], segment[3]])),
      );
    }
  }
  const sources = modules.map(({ file }) => file);
  const map = toEncodedMap(fromMap({ version: 3, sources, names: [], mappings } as never));
  return JSON.stringify({ version: 3, sources, names: [], mappings: map.mappings });
}
