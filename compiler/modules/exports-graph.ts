/**
 * Resolves an import to the binding that it means, through re-exports and `export *`, as ECMAScript's ResolveExport does:
 * an importer names the module that declares a binding, never one in between.
 *
 *   // a.ts: export { n } from "./b.ts"     b.ts: export let n = 0; export function bump() { n++ }
 *   import { n } from "./a.ts"; n   →   $k.g["b.ts#n"]
 */
import type { LoadedModule, Target } from "../load/index.ts";
import type { ModuleSyntax } from "./syntax.ts";

/** Where an import's value is found. */
export type Resolution =
  /** `$x<module>.<name>` */
  | { readonly kind: "accessor"; readonly module: number; readonly name: string }
  /** `$k.g[<name>]`, with a check of the dead zone where a cycle makes it possible. */
  | { readonly kind: "global"; readonly name: string; readonly checked: boolean; readonly local: string }
  | { readonly kind: "namespace"; readonly module: number; readonly node: boolean }
  /** A member of a CommonJS or JSON module; null: `module.exports` itself. */
  | { readonly kind: "commonjs"; readonly module: number; readonly name: string | null; readonly interop: boolean }
  /** A member of `kawait`; null: the whole. */
  | { readonly kind: "api"; readonly name: string | null }
  /** A member of what the runtime gives `runtime/web/`. */
  | { readonly kind: "host"; readonly name: string }
  | { readonly kind: "missing"; readonly specifier: string }
  | { readonly kind: "none" };

const NONE: Resolution = { kind: "none" };

export class ExportsGraph {
  readonly #modules: readonly LoadedModule[];
  readonly #syntax: readonly (ModuleSyntax | null)[];
  readonly #components: readonly number[];
  readonly #cyclic: ReadonlySet<number>;

  constructor(modules: readonly LoadedModule[], syntax: readonly (ModuleSyntax | null)[]) {
    this.#modules = modules;
    this.#syntax = syntax;
    const { components, cyclic } = this.#stronglyConnected();
    this.#components = components;
    this.#cyclic = cyclic;
  }

  /** What the module's text says, and how it is evaluated. Null for JSON. */
  syntaxOf(module: number): ModuleSyntax | null {
    return this.#syntax[module] ?? null;
  }

  target(importer: number, kind: "import" | "require" | "dynamic", specifier: string): Target | undefined {
    return this.#modules[importer]!.targets.get(`${kind}:${specifier}`);
  }

  /** Whether the module's imports of CommonJS follow Node rather than `__esModule`. */
  usesNodeInterop(module: number): boolean {
    return this.#modules[module]!.nodeInterop;
  }

  isCyclic(module: number): boolean {
    return this.#cyclic.has(this.#components[module]!);
  }

  /** Whether the module's `export *` reaches CommonJS, so that not all of its names are known. */
  commonjsStars(module: number): number[] {
    const found: number[] = [];
    for (const specifier of this.#syntax[module]?.stars ?? []) {
      const target = this.target(module, "import", specifier);
      if (target?.kind === "module" && this.#modules[target.index]!.kind !== "esm") found.push(target.index);
    }
    return found;
  }

  /** What `import { name } from specifier` in `importer` means. */
  resolveImport(importer: number, specifier: string, name: string): Resolution {
    return this.#fromSpecifier(importer, importer, specifier, name, new Set());
  }

  resolveExport(module: number, name: string, importer = module): Resolution {
    return this.#resolve(importer, module, name, new Set());
  }

  /** Names that the module exports, own and through `export *`, sorted; those of CommonJS stars are not known. */
  exportNames(module: number, seen = new Set<number>()): string[] {
    if (seen.has(module)) return [];
    seen.add(module);
    const syntax = this.#syntax[module];
    if (syntax == null) return [];
    const names = new Set(Object.keys(syntax.exports));
    for (const specifier of syntax.stars) {
      const target = this.target(module, "import", specifier);
      if (target?.kind !== "module") continue;
      for (const name of this.exportNames(target.index, seen)) if (name !== "default") names.add(name);
    }
    return [...names].sort();
  }

  #fromSpecifier(importer: number, via: number, specifier: string, name: string, seen: Set<string>): Resolution {
    const target = this.target(via, "import", specifier);
    if (target === undefined) return NONE;
    if (target.kind === "missing") return { kind: "missing", specifier };
    if (target.kind === "host") return { kind: "host", name };
    if (target.kind === "api") return { kind: "api", name: name === "*" || name === "default" ? null : name };
    const { index } = target;
    const node = this.#modules[via]!.nodeInterop;
    if (this.#modules[index]!.kind !== "esm") {
      if (name === "*") return { kind: "namespace", module: index, node };
      if (name === "module.exports") return { kind: "commonjs", module: index, name: null, interop: false };
      if (name === "default")
        return {
          kind: "commonjs",
          module: index,
          name: null,
          interop: !node && this.#modules[index]!.kind === "commonjs",
        };
      return { kind: "commonjs", module: index, name, interop: false };
    }
    if (name === "*") return { kind: "namespace", module: index, node: true };
    return this.#resolve(importer, index, name, seen);
  }

  #resolve(importer: number, module: number, name: string, seen: Set<string>): Resolution {
    const mark = `${module}:${name}`;
    if (seen.has(mark)) return NONE;
    seen.add(mark);
    const syntax = this.#syntax[module];
    if (syntax == null) return NONE;
    const source = Object.hasOwn(syntax.exports, name) ? syntax.exports[name] : undefined;
    if (source?.kind === "from") return this.#fromSpecifier(importer, module, source.specifier, source.name, seen);
    if (source?.kind === "local") {
      const mutable = Object.hasOwn(syntax.mutable, source.binding) ? syntax.mutable[source.binding] : undefined;
      if (mutable !== undefined) {
        const { id } = this.#modules[module]!;
        return {
          kind: "global",
          name: globalName(id, source.binding),
          checked: this.mayBeUninitialised(importer, module, source.binding),
          local: source.binding,
        };
      }
    }
    if (source !== undefined) return { kind: "accessor", module, name };
    return name === "default" ? NONE : this.#throughStars(importer, module, name, seen);
  }

  #throughStars(importer: number, module: number, name: string, seen: Set<string>): Resolution {
    let found: Resolution = NONE;
    for (const specifier of this.#syntax[module]!.stars) {
      const target = this.target(module, "import", specifier);
      if (target?.kind === "module" && this.#modules[target.index]!.kind !== "esm") continue;
      const resolution = this.#fromSpecifier(importer, module, specifier, name, seen);
      if (resolution.kind === "none") continue;
      // Two different bindings of one name: neither is exported.
      if (found.kind !== "none" && JSON.stringify(found) !== JSON.stringify(resolution)) return NONE;
      found = resolution;
    }
    if (found.kind === "none" && this.commonjsStars(module).length > 0) return { kind: "accessor", module, name };
    return found;
  }

  /** Whether code of `reader` can run before the declaration of a mutable binding of `module` was evaluated. */
  mayBeUninitialised(reader: number, module: number, binding: string): boolean {
    const mutable = this.#syntax[module]!.mutable[binding]!;
    if (mutable.kind === "var" || mutable.kind === "function") return false;
    if (this.#components[reader] !== this.#components[module]) return false;
    return this.isCyclic(module) || (reader === module && mutable.early);
  }

  /** Tarjan's components of the graph of static imports, iteratively. */
  #stronglyConnected(): { components: number[]; cyclic: Set<number> } {
    const count = this.#modules.length;
    const edges = this.#modules.map((module) => {
      const to: number[] = [];
      for (const [key, target] of module.targets) {
        if (target.kind === "module" && !key.startsWith("dynamic:")) to.push(target.index);
      }
      return to;
    });
    const order = new Array<number>(count).fill(-1);
    const low = new Array<number>(count).fill(0);
    const components = new Array<number>(count).fill(-1);
    const cyclic = new Set<number>();
    const open: number[] = [];
    let next = 0;
    let component = 0;
    for (let root = 0; root < count; root++) {
      if (order[root] !== -1) continue;
      const work = [{ node: root, edge: 0 }];
      while (work.length > 0) {
        const top = work.at(-1)!;
        const { node } = top;
        if (top.edge === 0) {
          order[node] = low[node] = next++;
          open.push(node);
        }
        const to = edges[node]![top.edge++];
        if (to !== undefined) {
          if (order[to] === -1) work.push({ node: to, edge: 0 });
          else if (components[to] === -1) low[node] = Math.min(low[node]!, order[to]!);
          continue;
        }
        work.pop();
        const parent = work.at(-1);
        if (parent !== undefined) low[parent.node] = Math.min(low[parent.node]!, low[node]!);
        if (low[node] === order[node]) {
          const members = open.splice(open.indexOf(node));
          for (const member of members) components[member] = component;
          if (members.length > 1 || edges[node]!.includes(node)) cyclic.add(component);
          component++;
        }
      }
    }
    return { components, cyclic };
  }
}

/** The name of a module-level binding in `$k.g`: unique in the program, stable under edits elsewhere. */
export function globalName(moduleId: string, binding: string): string {
  return `${moduleId}#${binding}`;
}
