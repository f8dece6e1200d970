/**
 * Which package a file belongs to, and so its module id: `<package>/<path>`, for first-party code the path relative to
 * the deployed folder. Ids hold nothing of the machine (I6: they are the ground of upgrades).
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { CompileError } from "../diagnostics/compile-error.ts";

export interface PackageInfo {
  /** Absolute; never leaves the compiler. */
  readonly root: string;
  readonly name: string;
  readonly version: string;
  /** `"type": "module"` */
  readonly esm: boolean;
}

export class Packages {
  readonly #folder: string;
  readonly #byFolder = new Map<string, PackageInfo | null>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  isFirstParty(path: string): boolean {
    return !path.split(sep).includes("node_modules");
  }

  /** The nearest package.json that has a name or lies at a package's root in node_modules. */
  of(path: string): PackageInfo | null {
    return this.#ofFolder(dirname(path));
  }

  #ofFolder(folder: string): PackageInfo | null {
    const known = this.#byFolder.get(folder);
    if (known !== undefined) return known;
    const manifest = join(folder, "package.json");
    let info: PackageInfo | null = null;
    if (existsSync(manifest)) info = this.#read(folder, manifest);
    else if (dirname(folder) !== folder) info = this.#ofFolder(dirname(folder));
    this.#byFolder.set(folder, info);
    return info;
  }

  #read(folder: string, manifest: string): PackageInfo {
    const json = this.#fieldsOf(manifest);
    const esm = json.type === "module";
    const outer = packageFolder(folder);
    // A nested package.json without a name (dist/esm/package.json) only says what kind its files are.
    if (outer !== null && outer.root !== folder) {
      const parent = this.#ofFolder(outer.root);
      return { root: outer.root, name: outer.name, version: parent?.version ?? "", esm };
    }
    const name = outer?.name ?? (typeof json.name === "string" ? json.name : "");
    return { root: folder, name, version: typeof json.version === "string" ? json.version : "", esm };
  }

  /** @throws CompileError where the file is no JSON; one that is no object has no fields. */
  #fieldsOf(manifest: string): Readonly<Record<string, unknown>> {
    const source = readFileSync(manifest, "utf8");
    try {
      return Object(JSON.parse(source.replace(/^\uFEFF/, ""))) as Record<string, unknown>;
    } catch (error) {
      const file = posix(relative(this.#folder, manifest));
      throw new CompileError("SyntaxError", (error as Error).message, { file, source, line: 0, column: 0 });
    }
  }

  /** Gives every file its id; a package's version is part of it only where two versions are in the program. */
  ids(paths: readonly string[]): Map<string, string> {
    const roots = new Map<string, Set<string>>();
    for (const path of paths) {
      const owner = this.#owner(path);
      if (owner === null) continue;
      const known = roots.get(owner.name);
      if (known === undefined) roots.set(owner.name, new Set([owner.root]));
      else known.add(owner.root);
    }
    const taken = new Set<string>();
    const ids = new Map<string, string>();
    for (const path of paths) {
      const owner = this.#owner(path);
      const several = owner !== null && roots.get(owner.name)!.size > 1;
      const prefix = owner === null ? "" : several ? `${owner.name}@${owner.version}/` : `${owner.name}/`;
      const base = prefix + posix(relative(owner === null ? this.#folder : owner.root, path));
      let id = base;
      for (let n = 2; taken.has(id); n++) id = `${base}~${n}`;
      taken.add(id);
      ids.set(path, id);
    }
    return ids;
  }

  /** Null for files that are named relative to the deployed folder. */
  #owner(path: string): PackageInfo | null {
    const inside = !relative(this.#folder, path).startsWith("..");
    if (this.isFirstParty(path) && inside) return null;
    const info = this.of(path);
    return info === null || info.name === "" ? null : info;
  }
}

/** `…/node_modules/@scope/name/lib` → root `…/node_modules/@scope/name`. */
function packageFolder(folder: string): { root: string; name: string } | null {
  const parts = folder.split(sep);
  const at = parts.lastIndexOf("node_modules");
  const first = parts[at + 1];
  if (at < 0 || first === undefined) return null;
  const length = first.startsWith("@") ? 2 : 1;
  if (parts.length < at + 1 + length) return null;
  return { root: parts.slice(0, at + 1 + length).join(sep), name: parts.slice(at + 1, at + 1 + length).join("/") };
}

function posix(path: string): string {
  return sep === "/" ? path : path.split(sep).join("/");
}
