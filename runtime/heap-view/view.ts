/** What `readHeap` gives: an inert graph. Nothing in it runs, inherits or is called; objects are numbers into one list. */
import type { SourcePosition } from "#protocol";

export type ViewValue =
  | { readonly kind: "undefined" | "null" | "hole" | "uninitialised" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bigint"; readonly value: bigint }
  /** Registered and well-known ones by name, unique ones by description. */
  | { readonly kind: "symbol"; readonly name: string }
  /** An object of the language, by path. */
  | { readonly kind: "intrinsic"; readonly path: string }
  /** An object that the program's load made, by its image index. */
  | { readonly kind: "image"; readonly index: number }
  | { readonly kind: "object"; readonly index: number };

export interface ViewEntry {
  readonly label: string;
  readonly value: ViewValue;
}

export interface ViewObject {
  readonly index: number;
  /** `object`, `array`, `Map`, `promise`, `frame`, `function`, `scope`, a runtime record's name, … */
  readonly kind: string;
  /** What more there is to say in one word: a function's id, a promise's state, a date's time. */
  readonly name: string;
  readonly entries: ViewEntry[];
}

export interface ViewFrame {
  readonly functionIndex: number;
  /** Id of the function; `""` for a frame of the runtime. */
  readonly functionId: string;
  /** The site at which it is suspended, 0 at its entry. */
  readonly site: number;
  /** Key of the site, e.g. `await/body.0.init`. */
  readonly siteKey: string;
  /** Of the site, where debug data was given. */
  readonly position: SourcePosition | undefined;
  /** (name, value as text) of the live locals. */
  readonly locals: readonly (readonly [string, string])[];
  /** The function is of code that was made at run time; its locals are numbered. */
  readonly isRunTimeCode: boolean;
  /** What the compiler of that code needs to tell id, names and positions; absent where the load made it. */
  readonly unit?: ViewUnit;
}

export interface ViewUnit {
  /** As in a `CodeRequest`. */
  readonly kind: number;
  readonly text: string;
  readonly names: string;
  /** Of the function, in the unit. */
  readonly index: number;
}

export interface HeapView {
  readonly root: ViewValue;
  readonly objects: readonly ViewObject[];
  /** Suspended functions, in the order in which they are reached. */
  readonly frames: readonly ViewFrame[];
  /** What a thread in private mode changed in the program's objects. */
  readonly changes: readonly ViewObject[];
}
