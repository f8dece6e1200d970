/**
 * One text of code made at run time, compiled and evaluated: its definitions, scope layouts and classes under indexes of its
 * own. A unit belongs to whoever evaluated it: two evaluations of one text are two units, as their template objects are two.
 *
 * A state names a unit by its text, and a function, frame, class or scope of it by its index there (I3). Fields are private
 * names: no walk over properties finds what is the runtime's own.
 */
import type { CodeTables, CodeUnitText, FunctionSpan } from "#protocol";
import { Definition, Identity, type Maker, type StepFunction } from "../definition.ts";
import {
  append,
  defineHidden,
  imul,
  mapDelete,
  mapForEach,
  mapGet,
  mapSet,
  mapSize,
  NativeEval,
  NativeMap,
  NativeWeakRef,
  objectCreate,
  objectFreeze,
  stringCharCodeAt,
  weakRefDeref,
} from "../primordials.ts";
import type { ScopeClass } from "../registry.ts";

/** Indexes of definitions of a unit stand below this: `UNIT_BASE - index in the unit`. */
export const UNIT_BASE = -(2 ** 20);

export type UnitMain = (this: unknown) => unknown;

export class CodeUnit {
  readonly #kind: number;
  readonly #text: string;
  readonly #names: string;
  readonly #shape: number;
  readonly #tables: CodeTables;
  readonly #spans: readonly FunctionSpan[];
  readonly #debug: CodeUnitText["debug"];
  readonly #definitions: Definition[] = [];
  readonly #scopes: ScopeClass[] = [];
  readonly #classes: Maker[] = [];
  /** Template objects and, behind each, its raw strings. */
  readonly #parts: object[] = [];

  constructor(kind: number, text: string, names: string, { shape, tables, spans, debug }: CodeUnitText) {
    this.#kind = kind;
    this.#text = text;
    this.#names = names;
    this.#shape = shape;
    this.#tables = tables;
    this.#spans = spans;
    this.#debug = debug;
  }

  static is(value: object): value is CodeUnit {
    return #kind in value;
  }

  static kind(unit: CodeUnit): number {
    return unit.#kind;
  }

  static text(unit: CodeUnit): string {
    return unit.#text;
  }

  /** As in `CodeRequest`; "" for none. */
  static names(unit: CodeUnit): string {
    return unit.#names;
  }

  static shape(unit: CodeUnit): number {
    return unit.#shape;
  }

  static debug(unit: CodeUnit): CodeUnitText["debug"] {
    return unit.#debug;
  }

  static spans(unit: CodeUnit): readonly FunctionSpan[] {
    return unit.#spans;
  }

  static tables(unit: CodeUnit): CodeTables {
    return unit.#tables;
  }

  /** Made at first mention: `def` and `frame` of one function share it. */
  static definition(unit: CodeUnit, index: number): Definition {
    const definitions = unit.#definitions;
    while (definitions.length <= index) append(definitions, new Definition(UNIT_BASE - definitions.length, unit));
    return definitions[index]!;
  }

  /** `undefined`: the text has no such function. */
  static definitionAt(unit: CodeUnit, index: number): Definition | undefined {
    return index < unit.#definitions.length ? unit.#definitions[index] : undefined;
  }

  static scopeAt(unit: CodeUnit, layout: number): ScopeClass | undefined {
    return layout < unit.#scopes.length ? unit.#scopes[layout] : undefined;
  }

  static classAt(unit: CodeUnit, index: number): Maker | undefined {
    return index < unit.#classes.length ? unit.#classes[index] : undefined;
  }

  static parts(unit: CodeUnit): readonly object[] {
    return unit.#parts;
  }

  static addScope(unit: CodeUnit, layout: number, scopeClass: ScopeClass): void {
    while (unit.#scopes.length <= layout) append(unit.#scopes, scopeClass);
    unit.#scopes[layout] = scopeClass;
    new UnitScope(scopeClass.prototype as object, unit, layout);
  }

  static addClass(unit: CodeUnit, index: number, maker: Maker): void {
    while (unit.#classes.length <= index) append(unit.#classes, maker);
    unit.#classes[index] = maker;
  }

  static addTemplate(unit: CodeUnit, cooked: object, raw: object): void {
    new UnitPart(cooked, unit, unit.#parts.length);
    append(unit.#parts, cooked);
    new UnitPart(raw, unit, unit.#parts.length);
    append(unit.#parts, raw);
  }
}

/** On the prototype of a scope class of a unit. */
export class UnitScope extends Identity {
  #unit: CodeUnit;
  #layout: number;

  constructor(prototype: object, unit: CodeUnit, layout: number) {
    super(prototype);
    this.#unit = unit;
    this.#layout = layout;
  }

  static has(prototype: object): boolean {
    return #unit in prototype;
  }

  static unit(prototype: object): CodeUnit {
    return (prototype as UnitScope).#unit;
  }

  static layout(prototype: object): number {
    return (prototype as UnitScope).#layout;
  }
}

/** On an object that came into being with its unit. */
export class UnitPart extends Identity {
  #unit: CodeUnit;
  #index: number;

  constructor(part: object, unit: CodeUnit, index: number) {
    super(part);
    this.#unit = unit;
    this.#index = index;
  }

  static has(value: object): boolean {
    return #unit in value;
  }

  static unit(part: object): CodeUnit {
    return (part as UnitPart).#unit;
  }

  static index(part: object): number {
    return (part as UnitPart).#index;
  }
}

let exist = false;

/** Whether this context has ever made a unit: until then nobody has to look for parts of one. */
export function unitsExist(): boolean {
  return exist;
}

/** What the runtime's other parts give a unit's `$k`; set once, by the ABI object. */
export interface UnitSurroundings {
  readonly abi: object;
  readonly classCreator: (unit: CodeUnit, index: number, maker: Maker) => unknown;
  readonly makePrivateName: (slotClass: never) => unknown;
}

let surroundings: UnitSurroundings | undefined;

export function setUnitSurroundings(given: UnitSurroundings): void {
  surroundings = given;
}

/** Evaluates a unit's code: registers its definitions, runs nothing of the text. */
export function evaluateUnit(unit: CodeUnit, code: string): UnitMain {
  exist = true;
  const script = `${UNIT_SCRIPT}${CodeUnit.shape(unit)}.${hashOf(code)}`;
  if (mapSize(scripts) >= SCRIPTS_SWEPT) sweep();
  mapSet(scripts, script, new NativeWeakRef(unit));
  return (NativeEval(`${code}\n//# sourceURL=${script}`) as (abi: object) => UnitMain)(abiOf(unit));
}

/** How the engine's stacks name the scripts of units; behind it stands what the code is. */
export const UNIT_SCRIPT = "unit:";
/** With so many scripts, those of units that are gone are looked for. */
const SCRIPTS_SWEPT = 256;
/** Units of the same code have the same positions: any of them serves. */
const scripts: Map<string, WeakRef<CodeUnit>> = new NativeMap();

/** A unit on the stack is there: its functions hold it. */
export function unitOfScript(script: string): CodeUnit | undefined {
  const unit = mapGet(scripts, script);
  return unit === undefined ? undefined : weakRefDeref(unit);
}

function sweep(): void {
  mapForEach(scripts, (unit: WeakRef<CodeUnit>, script: string) => {
    if (weakRefDeref(unit) === undefined) mapDelete(scripts, script);
  });
}

/** FNV-1a */
function hashOf(text: string): number {
  let hash = 2_166_136_261;
  for (let i = 0; i < text.length; i++) hash = imul(hash ^ stringCharCodeAt(text, i), 16_777_619);
  return hash >>> 0;
}

function abiOf(unit: CodeUnit): object {
  const { abi, classCreator, makePrivateName } = surroundings!;
  const own = {
    global: globalThis,
    def(index: number, maker: Maker): Maker {
      const definition = CodeUnit.definition(unit, index);
      definition.maker = maker;
      return (...scopes) => definition.instantiate(scopes);
    },
    frame(index: number, step: StepFunction): Definition {
      const definition = CodeUnit.definition(unit, index);
      definition.step = step;
      return definition;
    },
    scope(layout: number, scopeClass: ScopeClass): ScopeClass {
      CodeUnit.addScope(unit, layout, scopeClass);
      return scopeClass;
    },
    cls(index: number, maker: Maker): unknown {
      CodeUnit.addClass(unit, index, maker);
      return classCreator(unit, index, maker);
    },
    name: makePrivateName,
    template(_index: number, cooked: object, raw: object): object {
      defineHidden(cooked, "raw", objectFreeze(raw));
      objectFreeze(cooked);
      CodeUnit.addTemplate(unit, cooked, raw);
      return cooked;
    },
    bindings(): void {},
  };
  const made = objectCreate(abi) as Record<string, unknown>;
  const names = ["global", "def", "frame", "scope", "cls", "name", "template", "bindings"] as const;
  for (let i = 0; i < names.length; i++) defineHidden(made, names[i]!, own[names[i]!]);
  return made;
}
