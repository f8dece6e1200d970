/**
 * Which private names of a script's classes an object carries: nobody but the class's own code can see one, so compiled code
 * tells what the encoder has to find (I3).
 *
 * Two ways of telling. A *mark* on the object lists its names, and costs more than the names do. An instance of a class without
 * a parent needs none: it is a fresh object below the class's `prototype`, which is a *home* of its names, and is found from
 * there. Where instances can come to be elsewhere, they get marks (`Field`), and an object whose prototype is replaced keeps
 * what its prototypes told (`keepHomes`).
 */
import { Identity } from "./definition.ts";
import { append, reflectGetOwnPropertyDescriptor, reflectGetPrototypeOf } from "./primordials.ts";
import { ProxySlot, proxiesAreUsed } from "./proxy-slot.ts";
import type { PrivateName, SlotClass } from "./registry.ts";

const arrayPrototype: object = Array.prototype;
const objectPrototype: object = Object.prototype;
const noNames: readonly PrivateName[] = [];

/** The mark: which private names, in the order of stamping. */
class PrivateMark extends Identity {
  #names: readonly PrivateName[];

  constructor(target: object, names: readonly PrivateName[]) {
    super(target);
    this.#names = names;
  }

  static has(target: object): boolean {
    return #names in target;
  }

  static get(target: object): readonly PrivateName[] {
    return #names in target ? target.#names : noNames;
  }

  /** One look at the object: it has none yet, as a rule. */
  static note(target: object, key: object): void {
    if (#names in target) target.#names = PrivateNameSlot.next(key, target.#names);
    else new PrivateMark(target, PrivateNameSlot.alone(key));
  }
}

/** What a private name is to the runtime. Its slot class carries the same, so that a construction finds it. */
class PrivateNameSlot extends Identity {
  #name: PrivateName;
  #slotClass: SlotClass;
  /** Place in `registry.privateNames`; -1 for one that a thread made. */
  #index: number;
  /** The list of an object that has this name alone. */
  #alone: readonly PrivateName[];
  /** Objects of one class share their list: the last step from a list to the next is remembered. */
  #from: readonly PrivateName[] = noNames;
  #to: readonly PrivateName[] | undefined = undefined;

  constructor(key: object, name: PrivateName, slotClass: SlotClass, index: number) {
    super(key);
    this.#name = name;
    this.#slotClass = slotClass;
    this.#index = index;
    this.#alone = [name];
  }

  static has(value: object): boolean {
    return #index in value;
  }

  static alone(key: object): readonly PrivateName[] {
    return (key as PrivateNameSlot).#alone;
  }

  static index(key: object): number {
    return (key as PrivateNameSlot).#index;
  }

  static slotClass(key: object): SlotClass {
    return (key as PrivateNameSlot).#slotClass;
  }

  static next(key: object, from: readonly PrivateName[]): readonly PrivateName[] {
    const slot = key as PrivateNameSlot;
    if (slot.#from === from && slot.#to !== undefined) return slot.#to;
    const to: PrivateName[] = [];
    for (let i = 0; i < from.length; i++) {
      // Stamping it twice fails right after this.
      if (from[i] === slot.#name) return from;
      append(to, from[i]!);
    }
    append(to, slot.#name);
    slot.#from = from;
    slot.#to = to;
    return to;
  }
}

/** The private names that the instances of one class get, in order. */
type Home = () => readonly PrivateName[];

/** A `prototype` of a class whose instances have no marks, or what once inherited from one. */
class HomeSlot extends Identity {
  #homes: readonly Home[];

  constructor(target: object, homes: readonly Home[]) {
    super(target);
    this.#homes = homes;
  }

  static get(target: object): readonly Home[] | undefined {
    return #homes in target ? target.#homes : undefined;
  }

  static add(target: object, home: Home): void {
    if (!(#homes in target)) {
      new HomeSlot(target, [home]);
      return;
    }
    const homes: Home[] = [home];
    for (let i = 0; i < target.#homes.length; i++) {
      if (target.#homes[i] === home) return;
      append(homes, target.#homes[i]!);
    }
    target.#homes = homes;
  }
}

let marksExist = false;
let homesExist = false;
/** Whether any object ever got a name without a mark. */
let isAnyAtHome = false;
/** Whether instances of classes without a parent get marks at present. */
let isMarking = false;
/** The one question of each construction: marks are wanted, or this is the first. */
let isAttentive = true;
/** From the first time on that a class can be constructed in a roundabout way. */
let marksAlways = false;

/** The parent of the slot classes of a class without a parent. */
export class Field {
  constructor(target: object) {
    if (isAttentive) noteField(target, new.target);
    // biome-ignore lint/correctness/noConstructorReturn: this is what stamps.
    return target;
  }
}

function noteField(target: object, slotClass: object): void {
  isAnyAtHome = true;
  isAttentive = isMarking;
  if (isMarking) notePrivateName(target, slotClass);
}

function setMarking(wanted: boolean): void {
  isMarking = wanted;
  isAttentive = wanted || !isAnyAtHome;
}

/** `$k.slot`: makes a slot class a private name. `index`: -1 for one that a thread makes. */
export function stampPrivateName(slotClass: SlotClass, index: number): void {
  new PrivateNameSlot(slotClass, slotClass, slotClass, index);
}

/**
 * `$k.name`: the private name of a class that may be evaluated again and again. An own function each time, as the slot class
 * is, but always of the same shape: so the engine finds `get` and `set` at once, whichever it is.
 */
export function makePrivateName(slotClass: SlotClass, index: number): PrivateName {
  // biome-ignore lint/complexity/useArrowFunction: what a class definition gives has a `prototype`.
  const name = function () {} as unknown as Record<string, unknown> & PrivateName;
  name.get = slotClass.get;
  name.set = slotClass.set;
  name.has = slotClass.has;
  name.add = slotClass.add;
  new PrivateNameSlot(name, name, slotClass, index);
  new PrivateNameSlot(slotClass, name, slotClass, index);
  return name;
}

export const isPrivateName = (value: unknown): value is PrivateName =>
  typeof value === "function" && PrivateNameSlot.has(value);

export const privateNameIndex = PrivateNameSlot.index;

/** `$k.home`: instances of the class get these names, without marks. */
export function registerHome(Class: object, names: Home): void {
  homesExist = true;
  new HomeSlot(reflectGetOwnPropertyDescriptor(Class, "prototype")!.value as object, [names]);
}

/** Notes that the object gets the private name; `key`: the name, or its slot class. */
export function notePrivateName(target: object, key: object): void {
  marksExist = true;
  PrivateMark.note(target, key);
}

/** The homes that a chain of prototypes leads to, the nearest first. */
function visitHomes(first: object | null, visit: (home: Home) => boolean): boolean {
  for (let link = first; link !== null && link !== objectPrototype; link = reflectGetPrototypeOf(link)) {
    if (proxiesAreUsed() && ProxySlot.has(link)) return false;
    const homes = HomeSlot.get(link);
    if (homes === undefined) continue;
    for (let i = 0; i < homes.length; i++) if (visit(homes[i]!)) return true;
  }
  return false;
}

/** Whether an object may have names without a mark at all: it is ordinary, and not all of them are. */
function prototypeToSearch(target: object): object | null {
  if (!isAnyAtHome || typeof target === "function" || (proxiesAreUsed() && ProxySlot.has(target))) return null;
  const prototype = reflectGetPrototypeOf(target);
  return prototype === arrayPrototype || prototype === objectPrototype ? null : prototype;
}

const isAtHome = (target: object, home: Home): boolean => {
  const [first] = home();
  return first?.has(target) === true;
};

/** An object without a certain private name is the dearest answer to that question: it is not asked where nothing has any. */
export function hasPrivateNames(target: object): boolean {
  if (marksExist && PrivateMark.has(target)) return true;
  const prototype = prototypeToSearch(target);
  return prototype !== null && visitHomes(prototype, (home) => isAtHome(target, home));
}

/** The same of a function, an array or an object of `Object.prototype`: none of these is found by a home. */
export function hasMark(target: object): boolean {
  return marksExist && PrivateMark.has(target);
}

/** The private names of an object, in the order of stamping. */
export function privateNamesOf(target: object): readonly PrivateName[] {
  const marked = PrivateMark.get(target);
  const names: PrivateName[] = [];
  visitHomes(prototypeToSearch(target), (home) => {
    const own = home();
    for (let i = 0; i < own.length; i++) if (own[i]!.has(target) && !includes(marked, own[i]!)) append(names, own[i]!);
    return names.length > 0;
  });
  if (names.length === 0) return marked;
  for (let i = 0; i < marked.length; i++) append(names, marked[i]!);
  return names;
}

function includes(names: readonly PrivateName[], name: PrivateName): boolean {
  for (let i = 0; i < names.length; i++) if (names[i] === name) return true;
  return false;
}

/** Gives an object that is read a private name and its value. */
export function addPrivateName(target: object, name: PrivateName, value: unknown): void {
  const before = isMarking;
  isAnyAtHome = true;
  setMarking(before || !visitHomes(prototypeToSearch(target), (home) => includes(home(), name)));
  try {
    new (PrivateNameSlot.slotClass(name))(target, value);
  } finally {
    setMarking(before);
  }
}

/** Constructs with a foreign `new.target`: what comes of it may be anywhere. */
export function constructingElsewhere<T>(construct: () => T): T {
  const before = isMarking;
  setMarking(true);
  try {
    return construct();
  } finally {
    setMarking(before || marksAlways);
  }
}

/**
 * A function that was made another way to construct `target`, or from now on inherits from it. Where that leads to a class whose
 * instances have no marks, they get them: a `prototype` that stands in the way need not lead to theirs.
 */
export function noteDetour(target: unknown): void {
  if (!homesExist || marksAlways || typeof target !== "function") return;
  for (let link: object | null = target; link !== null; link = reflectGetPrototypeOf(link)) {
    const isProxy = proxiesAreUsed() && ProxySlot.has(link);
    const prototype: unknown = isProxy ? undefined : reflectGetOwnPropertyDescriptor(link, "prototype")?.value;
    const isHome = typeof prototype === "object" && prototype !== null && HomeSlot.get(prototype) !== undefined;
    if (!isProxy && !isHome) continue;
    marksAlways = true;
    setMarking(true);
    return;
  }
}

/** `change` replaces an object's prototype: what its prototypes told of it, and of what inherits from it, is kept. */
export function keepHomes<T>(target: object, change: () => T): T {
  if (!homesExist) return change();
  if (typeof target === "function") {
    const result = change();
    noteDetour(target);
    return result;
  }
  const homes: Home[] = [];
  visitHomes(reflectGetPrototypeOf(target), (home) => {
    append(homes, home);
    return false;
  });
  const names = hasPrivateNames(target) ? privateNamesOf(target) : noNames;
  const result = change();
  for (let i = 0; i < names.length; i++) notePrivateName(target, names[i]!);
  for (let i = homes.length - 1; i >= 0; i--) HomeSlot.add(target, homes[i]!);
  return result;
}
