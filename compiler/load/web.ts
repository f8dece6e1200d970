/**
 * Puts the modules of `runtime/web/` that a program needs before its own: guest code like any other, so that what it makes
 * is saved like any other object (I3). A program that names none of their globals has none of them.
 *
 *   new URL(text)   →   modules 0…5: kawait:web/…; `$k.globals([[5, "URL", "class"]])` before the entry
 *
 * Boundary: the files of this installation; their imports of each other are read off their text.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BODY_GLOBALS, BODY_MAKERS, invariant, WEB_GLOBALS } from "#protocol";
import type { LoadedModule, LoadedProgram, Target } from "./graph.ts";

/** What `runtime/web/` takes from the runtime itself: `$k.host`. */
const HOST = "./host.ts";
const FOLDER = fileURLToPath(new URL("../../runtime/web/", import.meta.url));
const IMPORT = /^(?:import|export) (?!type\b)[^;]*?from "([^"]+)";/gms;

/** `named`: globals of `WEB_GLOBALS`; `makers`: members of `BODY_MAKERS`. The program as it is when no global is named. */
export function withWebModules(
  program: LoadedProgram,
  named: ReadonlySet<string>,
  makers: ReadonlySet<string>,
): LoadedProgram {
  if (named.size === 0) return program;
  const hasBodies = [...BODY_GLOBALS].some((name) => named.has(name));
  const made = hasBodies ? [...makers].map((maker) => BODY_MAKERS.get(maker)!) : [];
  const names = new Set([...named, ...made]);
  const order = evaluationOrder([...WEB_GLOBALS].filter(([name]) => names.has(name)).map(([, { file }]) => file));
  const indexes = new Map([...order.keys()].map((file, index) => [file, index]));
  const web = [...order].map(([file, source], index) => webModule(file, source, index, indexes));
  const globals = [...WEB_GLOBALS]
    .filter(([name]) => names.has(name))
    .map(([name, { file, form }]) => ({ name, form, module: indexes.get(file)! }));
  const shift = web.length;
  const modules = program.modules.map((module) => shifted(module, shift));
  return { ...program, entry: program.entry + shift, modules: [...web, ...modules], globals };
}

/** File → source, dependencies first. */
function evaluationOrder(files: readonly string[]): Map<string, string> {
  const order = new Map<string, string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (order.has(file)) return;
    invariant(!path.includes(file), `runtime/web imports in a cycle: ${[...path, file].join(" → ")}`);
    const source = readFileSync(join(FOLDER, file), "utf8");
    for (const [, specifier] of source.matchAll(IMPORT)) {
      if (specifier !== HOST) visit(specifier!.slice("./".length), [...path, file]);
    }
    order.set(file, source);
  };
  for (const file of files) visit(file, []);
  return order;
}

function webModule(file: string, source: string, index: number, indexes: ReadonlyMap<string, number>): LoadedModule {
  const targets = new Map<string, Target>();
  for (const [, specifier] of source.matchAll(IMPORT)) {
    const to = indexes.get(specifier!.slice("./".length));
    targets.set(`import:${specifier}`, specifier === HOST ? { kind: "host" } : { kind: "module", index: to! });
  }
  const id = `kawait:web/${file}`;
  return {
    index,
    id,
    firstParty: false,
    kind: "esm",
    language: "typescript",
    nodeInterop: true,
    source,
    file: id,
    targets,
    builtins: [],
  };
}

function shifted(module: LoadedModule, by: number): LoadedModule {
  const targets = new Map<string, Target>();
  for (const [key, target] of module.targets) {
    targets.set(key, target.kind === "module" ? { kind: "module", index: target.index + by } : target);
  }
  return { ...module, index: module.index + by, targets };
}
