/**
 * Puts the modules of `runtime/web/` and `runtime/node/` that a program needs before its own: guest code like any other, so
 * that what it makes is saved like any other object (I3). A program that names none of their globals and imports none of the
 * modules of Node that they stand for has none of them.
 *
 *   new URL(text)           →   modules 0…5: kawait:web/…; `$k.globals([[5, "URL", "class"]])` before the entry
 *   import "node:events"    →   modules 0…5: kawait:node/events.ts and what it imports, which the module `node:events` requires
 *
 * Boundary: the files of this installation; their imports of each other are read off their text.
 */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { BODY_GLOBALS, BODY_MAKERS, invariant, WEB_GLOBALS } from "#protocol";
import { standInFor } from "./builtins.ts";
import type { LoadedModule, LoadedProgram, Target } from "./graph.ts";

/** What these modules take from the runtime itself: `$k.host`. */
const HOST = "web/host.ts";
const FOLDER = fileURLToPath(new URL("../../runtime/", import.meta.url));
const IMPORT = /^(?:import|export) (?!type\b)[^;]*?from "([^"]+)";/gms;

/** The file, from `runtime/` on, that a file of these names by a specifier. */
function imported(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier);
}

/** `named`: globals of `WEB_GLOBALS`; `makers`: members of `BODY_MAKERS`. The program as it is when it needs none. */
export function withWebModules(
  program: LoadedProgram,
  named: ReadonlySet<string>,
  makers: ReadonlySet<string>,
): LoadedProgram {
  const standIns = program.modules.flatMap(({ id }) => standInFor(id) ?? []);
  if (named.size === 0 && standIns.length === 0) return program;
  const hasBodies = [...BODY_GLOBALS].some((name) => named.has(name));
  const made = hasBodies ? [...makers].map((maker) => BODY_MAKERS.get(maker)!) : [];
  const names = new Set([...named, ...made]);
  const wanted = [...WEB_GLOBALS].filter(([name]) => names.has(name));
  const order = evaluationOrder([...wanted.map(([, { file }]) => `web/${file}`), ...standIns]);
  const indexes = new Map([...order.keys()].map((file, index) => [file, index]));
  const web = [...order].map(([file, source], index) => webModule(file, source, index, indexes));
  const globals = wanted.map(([name, { file, form }]) => ({ name, form, module: indexes.get(`web/${file}`)! }));
  const shift = web.length;
  const modules = program.modules.map((module) => withStandIn(shifted(module, shift), indexes));
  return { ...program, entry: program.entry + shift, modules: [...web, ...modules], globals };
}

/** What a module of Node requires under its own name is what stands for it. */
function withStandIn(module: LoadedModule, indexes: ReadonlyMap<string, number>): LoadedModule {
  const file = standInFor(module.id);
  if (file === undefined) return module;
  const target: Target = { kind: "module", index: indexes.get(file)! };
  return { ...module, targets: new Map([[`require:${module.id}`, target]]) };
}

/** File → source, dependencies first. */
function evaluationOrder(files: readonly string[]): Map<string, string> {
  const order = new Map<string, string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (order.has(file) || file === HOST) return;
    invariant(!path.includes(file), `modules of the runtime import in a cycle: ${[...path, file].join(" → ")}`);
    const source = readFileSync(posix.join(FOLDER, file), "utf8");
    for (const [, specifier] of source.matchAll(IMPORT)) visit(imported(file, specifier!), [...path, file]);
    order.set(file, source);
  };
  for (const file of files) visit(file, []);
  return order;
}

function webModule(file: string, source: string, index: number, indexes: ReadonlyMap<string, number>): LoadedModule {
  const targets = new Map<string, Target>();
  for (const [, specifier] of source.matchAll(IMPORT)) {
    const from = imported(file, specifier!);
    const target: Target = from === HOST ? { kind: "host" } : { kind: "module", index: indexes.get(from)! };
    targets.set(`import:${specifier}`, target);
  }
  const id = `kawait:${file}`;
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
