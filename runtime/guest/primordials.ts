/**
 * Everything of the language that the runtime uses, captured before any other code of the context runs.
 *
 * The job queue and the codec run no guest code: they call these, never a method found on a guest value, and use no
 * `for…of`, spread or destructuring over guest values (I2, I3: a patched `Array.prototype.push` must not change a state).
 * Own lists are written with `append`, because an assignment past the end of an array asks `Array.prototype` for setters.
 */

type Callable = (...args: never[]) => unknown;
// biome-ignore lint/suspicious/noExplicitAny: the type of `this` differs for every method that is taken off its prototype.
type Method = (this: any, ...args: any[]) => any;

const { bind, call } = Function.prototype;
const bindCall = bind.bind(call) as (method: Callable) => unknown;

/** A method as a plain function: the receiver becomes the first argument. */
export function uncurry<M extends Method>(
  method: M,
): (receiver: ThisParameterType<M>, ...args: Parameters<M>) => ReturnType<M> {
  return bindCall(method as Callable) as never;
}

export const {
  apply: reflectApply,
  construct: reflectConstruct,
  defineProperty: reflectDefineProperty,
  deleteProperty: reflectDeleteProperty,
  get: reflectGet,
  getOwnPropertyDescriptor: reflectGetOwnPropertyDescriptor,
  getPrototypeOf: reflectGetPrototypeOf,
  has: reflectHas,
  isExtensible: reflectIsExtensible,
  ownKeys: reflectOwnKeys,
  preventExtensions: reflectPreventExtensions,
  set: reflectSet,
  setPrototypeOf: reflectSetPrototypeOf,
} = Reflect;

export const {
  assign: objectAssign,
  create: objectCreate,
  defineProperty: objectDefineProperty,
  freeze: objectFreeze,
  getOwnPropertyNames: objectGetOwnPropertyNames,
  is: objectIs,
  keys: objectKeys,
  values: objectValues,
  setPrototypeOf: objectSetPrototypeOf,
} = Object;
export const hasOwn = Object.hasOwn;
/** Asks the object for its `Symbol.toStringTag`. */
export const objectToString = uncurry(Object.prototype.toString);

export const isArray = Array.isArray;
export const arraySort = uncurry(Array.prototype.sort);
export const arrayJoin = uncurry(Array.prototype.join);
/** An assignment past the end takes eight times as long once `Array.prototype` is frozen; it asks the same prototypes. */
export const arrayPush = uncurry(Array.prototype.push) as <T>(list: T[], value: T) => number;

export const stringCharCodeAt = uncurry(String.prototype.charCodeAt);
export const stringSlice = uncurry(String.prototype.slice);
export const stringIndexOf = uncurry(String.prototype.indexOf);
export const stringFromCharCode = String.fromCharCode;
export const toStringValue = String;
export const toNumberValue = Number;

export const NativeMap = Map;
export const mapGet = uncurry(Map.prototype.get);
export const mapSet = uncurry(Map.prototype.set);
export const mapHas = uncurry(Map.prototype.has);
export const mapDelete = uncurry(Map.prototype.delete);
export const mapClear = uncurry(Map.prototype.clear);
export const mapForEach = uncurry(Map.prototype.forEach);
export const mapEntries = uncurry(Map.prototype.entries);
export const mapKeys = uncurry(Map.prototype.keys);
export const mapValues = uncurry(Map.prototype.values);
export const mapSize = uncurry(Object.getOwnPropertyDescriptor(Map.prototype, "size")!.get as () => number);
export const mapIteratorNext = uncurry(
  (Object.getPrototypeOf(new Map().entries()) as Iterator<unknown>).next as () => IteratorResult<unknown>,
);

export const NativeSet = Set;
export const setAdd = uncurry(Set.prototype.add);
export const setHas = uncurry(Set.prototype.has);
export const setDelete = uncurry(Set.prototype.delete);
export const setClear = uncurry(Set.prototype.clear);
export const setForEach = uncurry(Set.prototype.forEach);
export const setValues = uncurry(Set.prototype.values);
export const setEntries = uncurry(Set.prototype.entries);
export const setSize = uncurry(Object.getOwnPropertyDescriptor(Set.prototype, "size")!.get as () => number);
export const setIteratorNext = uncurry(
  (Object.getPrototypeOf(new Set().values()) as Iterator<unknown>).next as () => IteratorResult<unknown>,
);

export const NativeWeakMap = WeakMap;
export const weakMapGet = uncurry(WeakMap.prototype.get);
export const weakMapSet = uncurry(WeakMap.prototype.set);
export const weakMapHas = uncurry(WeakMap.prototype.has);
export const weakMapDelete = uncurry(WeakMap.prototype.delete);
export const NativeWeakSet = WeakSet;
export const weakSetAdd = uncurry(WeakSet.prototype.add);
export const weakSetHas = uncurry(WeakSet.prototype.has);
export const weakSetDelete = uncurry(WeakSet.prototype.delete);
export const NativeWeakRef = WeakRef;
export const weakRefDeref = uncurry(WeakRef.prototype.deref) as <T extends WeakKey>(ref: WeakRef<T>) => T | undefined;

export const parseBase36 = Number.parseInt;
export const jsonParse = JSON.parse;
export const jsonStringify = JSON.stringify;

export const NativeObject = Object;
export const NativeError = Error;
export const errorToString = uncurry(Error.prototype.toString);
export const NativeTypeError = TypeError;
export const NativeSuppressedError = SuppressedError;
export const NativeReferenceError = ReferenceError;
export const NativeRangeError = RangeError;
export const NativeSyntaxError = SyntaxError;
export const NativeAggregateError = AggregateError;
export const NativeProxy = Proxy;
export const proxyRevocable = Proxy.revocable;
export const NativeDate = Date;
export const NativeUint8Array = Uint8Array;
export const NativeInt32Array = Int32Array;
export const NativeArray = Array;
const typedArrayPrototype = reflectGetPrototypeOf(Uint8Array.prototype) as object;
const typedArrayGetter = (key: string) =>
  uncurry(Object.getOwnPropertyDescriptor(typedArrayPrototype, key)!.get as (this: Uint8Array) => unknown);
/** The getters of typed arrays: a script can replace those on the prototype. */
export const typedArrayLength = typedArrayGetter("length") as (array: Uint8Array) => number;
export const typedArrayBuffer = typedArrayGetter("buffer") as (array: Uint8Array) => ArrayBuffer;
export const NativeSymbol = Symbol;
export const NativeFunction = Function;
/** Called by this name it is indirect: the text is a script of the global scope. */
// biome-ignore lint/security/noGlobalEval: compiled code is evaluated by it.
export const NativeEval: (text: string) => unknown = eval;
export const functionPrototype = Function.prototype as object;
export const functionBind = uncurry(bind);
export const functionToString = uncurry(Function.prototype.toString);

export const symbolDispose: typeof Symbol.dispose = Symbol.dispose;
export const symbolIterator: typeof Symbol.iterator = Symbol.iterator;
export const symbolAsyncIterator: typeof Symbol.asyncIterator = Symbol.asyncIterator;
export const symbolSpecies: typeof Symbol.species = Symbol.species;
export const symbolToStringTag: typeof Symbol.toStringTag = Symbol.toStringTag;
export const symbolAsyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose;

export const symbolKeyFor = Symbol.keyFor;
export const symbolDescription = uncurry(
  Object.getOwnPropertyDescriptor(Symbol.prototype, "description")!.get as () => string | undefined,
);

export const { floor, trunc, min, max, imul } = Math;

export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

export function isCallable(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === "function";
}

const dataDescriptor: PropertyDescriptor = objectCreate(null);
dataDescriptor.writable = true;
dataDescriptor.enumerable = true;
dataDescriptor.configurable = true;

/** CreateDataProperty: an own, ordinary property, whatever the prototypes hold. */
export function define(target: object, key: PropertyKey, value: unknown): void {
  dataDescriptor.value = value;
  reflectDefineProperty(target, key, dataDescriptor);
  dataDescriptor.value = undefined;
}

const arrayPrototype: object = Array.prototype;
const objectPrototype: object = Object.prototype;

/** Whether an assignment adds this element to an ordinary array: no prototype has it, nor is there a proxy to be asked. */
export function mayAssignElement(index: number): boolean {
  return reflectGetPrototypeOf(arrayPrototype) === objectPrototype && !(index in arrayPrototype);
}

/** Adds to the end of a list of the runtime's own. A definition costs twenty times what an assignment does. */
export function append<T>(list: T[], value: T): void {
  const at = list.length;
  if (mayAssignElement(at)) arrayPush(list, value);
  else define(list, at, value);
}

/** A list without a prototype: what grows to many entries is appended with `put`, which asks nobody and is far quicker. */
export function bareList<T>(): T[] {
  return objectSetPrototypeOf([], null) as T[];
}

/** Adds to the end of a list that `bareList` has made. */
export function put<T>(list: T[], value: T): void {
  list[list.length] = value;
}

/** One for all: a literal without a prototype is a dictionary to the engine, and making it costs more than the definition. */
const hiddenDescriptor: PropertyDescriptor = objectCreate(null);
hiddenDescriptor.writable = true;
hiddenDescriptor.enumerable = false;
hiddenDescriptor.configurable = true;

/** A property as the standard gives it to built-ins: not enumerable. */
export function defineHidden(target: object, key: PropertyKey, value: unknown): void {
  hiddenDescriptor.value = value;
  objectDefineProperty(target, key, hiddenDescriptor);
  hiddenDescriptor.value = undefined;
}

/** A property that neither assignment nor enumeration reaches, but `defineProperty` does (`name`, `length`, tags). */
export function defineFixed(target: object, key: PropertyKey, value: unknown): void {
  objectDefineProperty(target, key, {
    __proto__: null,
    value,
    writable: false,
    enumerable: false,
    configurable: true,
  } as object as PropertyDescriptor);
}

/** Where no accessor is so far. An enumerable one comes in a third of the time that a descriptor takes. */
export function defineGetter(target: object, key: PropertyKey, get: () => unknown, enumerable = false): void {
  if (enumerable) {
    nativeDefineGetter(target, key, get);
    return;
  }
  objectDefineProperty(target, key, {
    __proto__: null,
    get,
    set: undefined,
    enumerable: false,
    configurable: true,
  } as object as PropertyDescriptor);
}

const nativeDefineGetter = uncurry(
  (Object.prototype as unknown as { __defineGetter__(key: PropertyKey, get: () => unknown): void }).__defineGetter__,
);

const constructProbe = objectCreate(null) as ProxyHandler<() => void>;
constructProbe.construct = () => constructProbe;

/** IsConstructor without running the constructor: a proxy has [[Construct]] only when its target has. */
export function isConstructor(value: unknown): value is new (...args: unknown[]) => object {
  if (typeof value !== "function") return false;
  try {
    reflectConstruct(new NativeProxy(value as () => void, constructProbe), []);
    return true;
  } catch {
    return false;
  }
}
