/**
 * Whether an object's prototype may lie about its kind in this context. A kind is always confirmed by its brand; but that an
 * object of `Object.prototype` has *no* brand would cost a dozen probes per object. Only two things make such objects, and
 * both report here: a changed prototype, and a construction with a foreign `new.target`. From then on every object is
 * probed; the bytes are the same either way.
 */
import { NativeSet, setAdd, setClear, setHas } from "../primordials.ts";

let mayLie = false;

export function prototypesMayLie(): boolean {
  return mayLie;
}

export function suspectPrototypes(): void {
  mayLie = true;
}

/**
 * Whether some array or function of a thread may have a property whose attributes were chosen: only the functions that
 * define properties can do that, and they report here (`property-definitions.ts`). Until then a value is checked in short.
 */
let attributesMayBeOdd = false;

export function attributesAreOrdinary(): boolean {
  return !attributesMayBeOdd && !isSuspicious;
}

let isSuspicious = false;

/** For tests: nothing is checked in short. */
export function alwaysSuspectAttributes(): void {
  isSuspicious = true;
}

export function suspectAttributes(): void {
  attributesMayBeOdd = true;
}

/** Functions that something was defined upon while the program was loaded. */
const definedUpon: Set<unknown> = new NativeSet();
let isAnyDefinedUpon = false;
let isLoading = true;
let anyFunctionMayBeOdd = false;

/** Something is defined upon a function; `undefined`: upon one that a proxy stands for. */
export function suspectFunction(target: object | undefined): void {
  attributesMayBeOdd = true;
  if (target === undefined) anyFunctionMayBeOdd = true;
  else if (isLoading) {
    isAnyDefinedUpon = true;
    setAdd(definedUpon, target);
  }
}

/** Whether nothing was defined upon a function of the load: what it has beyond its making was assigned. */
export function isFunctionAsMade(target: object): boolean {
  return !anyFunctionMayBeOdd && !isSuspicious && !(isAnyDefinedUpon && setHas(definedUpon, target));
}

let propertiesMayBeOdd = false;

/** Whether no property of any object was defined since the last state was decoded, but such as an assignment makes. */
export function propertiesAreAsDecoded(): boolean {
  return !propertiesMayBeOdd && !isSuspicious;
}

export function suspectProperties(): void {
  propertiesMayBeOdd = true;
}

/** A state is about to be decoded. */
export function trustProperties(): void {
  propertiesMayBeOdd = false;
}

let viewsMayBeOdd = false;

/** Whether no typed array, of the image or of a thread, may have such a property. */
export function viewsAreOrdinary(): boolean {
  return !viewsMayBeOdd && !isSuspicious;
}

export function suspectViews(): void {
  viewsMayBeOdd = true;
}

/** After load, when the image has been walked: what was defined until then belongs to it. */
export function trustAttributes(): void {
  attributesMayBeOdd = false;
  isLoading = false;
  setClear(definedUpon);
}
