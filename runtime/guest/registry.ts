/**
 * What the loaded program and the runtime itself registered: definitions, scope layouts, classes, private names, modules.
 *
 * One program per context. Indexes of the program's are those of its tables; the runtime's own definitions have indexes
 * below zero, in the order of registration, which is fixed by the prelude (its hash is part of a runtime's version, I2).
 */

import type { ProgramTables } from "#protocol";
import { Definition, type Maker, type StepFunction } from "./definition.ts";
import { append, objectCreate, objectFreeze } from "./primordials.ts";

export { Definition, type Maker, type StepFunction } from "./definition.ts";

/** The sentinel of a binding that is not initialised; saved as itself. */
export const TDZ: object = objectFreeze(objectCreate(null));

/** The runtime's own definitions: index `-1 - i` in this list. */
const runtimeDefinitions: Definition[] = [];

/** Defines a function of the runtime that a script may hold: `make` gives a bare arrow function over its cells. */
export function runtimeFunction(make: Maker): Definition {
  const definition = new Definition(-1 - runtimeDefinitions.length, undefined);
  definition.maker = make;
  append(runtimeDefinitions, definition);
  return definition;
}

/** Defines a frame of the runtime's own: a step function written by hand to the ABI. */
export function runtimeFrame(step: StepFunction): Definition {
  const definition = new Definition(-1 - runtimeDefinitions.length, undefined);
  definition.step = step;
  append(runtimeDefinitions, definition);
  return definition;
}

export type ScopeClass = new (...fields: unknown[]) => object;

/** A private name (ABI, "Private names"). */
export interface PrivateName {
  get(target: object): unknown;
  set(target: object, value: unknown): unknown;
  has(target: object): boolean;
}

/** What stamps a private name; that of a class which is evaluated once is the name itself. */
export interface SlotClass extends PrivateName {
  new (target: object, value: unknown): object;
  /** As `new`; of a class that may be evaluated again. */
  add?(target: object, value: unknown): object;
}

/** The program of this context. Lists are indexed as in its tables. */
export interface Registry {
  tables: ProgramTables;
  readonly definitions: Definition[];
  readonly scopes: ScopeClass[];
  /** Makers of classes by class index. */
  readonly classes: Maker[];
  /** Those that the load made. */
  readonly privateNames: PrivateName[];
  readonly templates: object[];
  /** Lists of module-level objects that only native captures reach, in order of evaluation. */
  readonly bindings: (readonly unknown[])[];
  /** By such a list: the index of its module. */
  readonly bindingModules: number[];
  /** Objects of the runtime that no global reaches, in fixed order: roots of the image walk beside the intrinsics. */
  readonly runtimeRoots: object[];
  /** The module scope object as it was after load. */
  base: object;
  isLoaded: boolean;
}

const noTables: ProgramTables = {
  functions: [],
  classes: [],
  scopes: [],
  globals: [],
  modules: [],
  entry: 0,
  strings: [],
  shapes: [],
};

export const registry: Registry = {
  tables: noTables,
  definitions: [],
  scopes: [],
  classes: [],
  privateNames: [],
  templates: [],
  bindings: [],
  bindingModules: [],
  runtimeRoots: [],
  base: {},
  isLoaded: false,
};

/** The definition of an index, as saved: the program's or, below zero, the runtime's. */
export function definitionAt(index: number): Definition | undefined {
  return index < 0 ? runtimeDefinitions[-1 - index] : registry.definitions[index];
}

/** The program's definition of this index, made at first mention (`def` and `frame` of one function share it). */
export function programDefinition(index: number): Definition {
  const { definitions } = registry;
  while (definitions.length <= index) append(definitions, new Definition(definitions.length, undefined));
  return definitions[index]!;
}
