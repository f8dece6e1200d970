/**
 * The tables that the program brings along, fixed at build: a saved state names strings, shapes, functions by index.
 *
 * Strings and shapes of first-party code come first (their indexes are the short ones), each part sorted, so the order
 * says nothing of the machine or of the order of compilation.
 */
import { invariant, MODULES_GLOBAL, type ProgramTables } from "#protocol";
import type { LoadedProgram } from "../load/index.ts";
import { globalName, type ModuleSyntax, runsInThread } from "../modules/index.ts";
import type { ModuleUnit } from "../unit.ts";

/** Of packages, what looks like a property name is taken, and no more than this: most of it is never saved. */
const PACKAGE_STRINGS_MAX = 8_192;
const PACKAGE_SHAPES_MAX = 2_048;
const PACKAGE_STRING = /^[A-Za-z_$][\w$-]{0,39}$/;

export function programTables(
  program: LoadedProgram,
  units: readonly ModuleUnit[],
  syntax: readonly (ModuleSyntax | null)[],
): ProgramTables {
  const globals = syntax.flatMap((one, index) =>
    Object.keys(one?.mutable ?? {}).map((name) => globalName(program.modules[index]!.id, name)),
  );
  if (syntax.some(runsInThread)) globals.push(MODULES_GLOBAL);
  invariant(new Set(globals).size === globals.length, "two module scope bindings have one name");
  return {
    functions: units.flatMap(({ tables }) => tables.functions),
    classes: units.flatMap(({ tables }) => tables.classes),
    scopes: units.flatMap(({ tables }) => tables.scopes),
    globals: globals.sort(),
    modules: program.modules.map(({ id, kind }, index) => ({ id, kind, strict: units[index]!.strict })),
    entry: program.entry,
    strings: merged(
      program,
      units,
      ({ tables }) => tables.strings,
      PACKAGE_STRINGS_MAX,
      (s) => PACKAGE_STRING.test(s),
    ),
    shapes: merged(
      program,
      units,
      ({ tables }) => tables.shapes.map((keys) => JSON.stringify(keys)),
      PACKAGE_SHAPES_MAX,
      () => true,
    ).map((keys) => JSON.parse(keys) as string[]),
  };
}

function merged(
  program: LoadedProgram,
  units: readonly ModuleUnit[],
  pick: (unit: ModuleUnit) => readonly string[],
  packageMax: number,
  ofPackage: (text: string) => boolean,
): string[] {
  const own = new Set<string>();
  const packages = new Set<string>();
  for (const [index, unit] of units.entries()) {
    if (program.modules[index]!.firstParty) for (const text of pick(unit)) own.add(text);
  }
  for (const [index, unit] of units.entries()) {
    if (program.modules[index]!.firstParty) continue;
    for (const text of pick(unit))
      if (packages.size < packageMax && !own.has(text) && ofPackage(text)) packages.add(text);
  }
  return [...[...own].sort(), ...[...packages].sort()];
}
