/**
 * A program of one module whose text is given, not read: nothing but `kawait` can be imported.
 */
import type { LoadedProgram, Target } from "./graph.ts";

export interface TextOptions {
  readonly filename?: string;
  readonly sourceType?: "module" | "commonjs" | "script";
  /** Default: by the ending of the name. */
  readonly language?: "javascript" | "typescript";
  /** Default true: what cannot be compiled is an error, and is not left native. */
  readonly firstParty?: boolean;
  /** The module is evaluated in the thread, whether it awaits or not. Default false. */
  readonly inThread?: boolean;
}

export function loadText(source: string, options: TextOptions): LoadedProgram {
  const file = options.filename ?? "main.ts";
  const language = options.language ?? (/\.[cm]?ts$/.test(file) ? "typescript" : "javascript");
  const byName = file.endsWith(".cjs") ? "commonjs" : "esm";
  const kind = options.sourceType === undefined ? byName : options.sourceType === "module" ? "esm" : options.sourceType;
  const api: Target = { kind: "api" };
  const targets = new Map(["import", "require", "dynamic"].map((how) => [`${how}:kawait`, api]));
  const module = {
    index: 0,
    id: file,
    firstParty: options.firstParty ?? true,
    kind,
    language,
    nodeInterop: true,
    source,
    file,
    targets,
    builtins: [],
    inThread: options.inThread ?? false,
  } as const;
  const name = file.replace(/^.*\//, "").replace(/\.[^.]+$/, "");
  return { name, entry: 0, modules: [module] };
}
