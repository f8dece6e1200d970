/**
 * `Function`, `GeneratorFunction`, `AsyncFunction`, `AsyncGeneratorFunction` and indirect `eval`: what they make is compiled
 * like the program, so that it can be saved (I3).
 */
import { CODE_DIRECT, CODE_FUNCTION, CODE_SCRIPT } from "#protocol";
import { asyncGeneratorFunctionPrototype } from "../frames/async-generator.ts";
import { generatorFunctionPrototype } from "../frames/generator.ts";
import { markNative } from "../globals/function-source.ts";
import { touch } from "../image/breach.ts";
import {
  define,
  defineFixed,
  defineHidden,
  functionPrototype,
  isCallable,
  isObject,
  NativeEval,
  NativeTypeError,
  objectCreate,
  objectDefineProperty,
  reflectApply,
  reflectGetPrototypeOf,
  reflectSetPrototypeOf,
} from "../primordials.ts";
import { compileText } from "./compile.ts";
import { isPlainText } from "./plain-text.ts";

/** CreateDynamicFunction. */
function createFunction(prefix: string, args: readonly unknown[], newTarget: unknown, ownTarget: object): object {
  const count = args.length;
  let parameters = "";
  for (let i = 0; i + 1 < count; i++) parameters += `${i > 0 ? "," : ""}${args[i]}`;
  const body = count === 0 ? "" : `${args[count - 1]}`;
  const text = `${prefix} anonymous(${parameters}\n) {\n${body}\n}`;
  const { main } = compileText({ kind: CODE_FUNCTION, text, parts: [parameters, body] });
  const made = reflectApply(main, undefined, []) as object;
  if (newTarget !== undefined && newTarget !== ownTarget) {
    const { prototype } = newTarget as { prototype: unknown };
    if (isObject(prototype)) reflectSetPrototypeOf(made, prototype);
  }
  return made;
}

/** Indirect `eval`: the text is a script of the global scope. */
function evaluate(text: unknown): unknown {
  if (typeof text !== "string") return text;
  if (isPlainText(text)) return NativeEval(text);
  const { main, declarations } = compileText({ kind: CODE_SCRIPT, text });
  declareGlobals(declarations);
  return reflectApply(main, globalThis, []);
}

function declareGlobals(declarations: string): void {
  if (declarations === "") return;
  touch(globalThis);
  // The engine's own rules say what a script may declare.
  NativeEval(declarations);
}

/**
 * `$k.direct`: a direct `eval`. `surroundings`: what its text is compiled against; `bindings`: name, reader and writer (null for
 * none) of all that the text sees, one after the other; `layers`: objects with names that are known at run time only.
 */
export function evaluateDirectly(
  callee: unknown,
  receiver: unknown,
  surroundings: string,
  bindings: readonly unknown[],
  layers: readonly unknown[],
  ...args: unknown[]
): unknown {
  if (callee !== holder.eval) {
    if (!isCallable(callee)) throw new NativeTypeError("eval is not a function");
    return reflectApply(callee, undefined, args);
  }
  const text = args[0];
  if (typeof text !== "string") return text;
  if (isPlainText(text)) return NativeEval(text);
  const environment = objectCreate(null) as object;
  for (let i = 0; i < layers.length; i++) define(environment, i, layers[i]);
  for (let i = 0; i < bindings.length; i += 3) {
    objectDefineProperty(
      environment,
      bindings[i] as string,
      {
        __proto__: null,
        get: bindings[i + 1],
        set: bindings[i + 2] ?? undefined,
        enumerable: true,
        configurable: true,
      } as object,
    );
  }
  const { main, declarations } = compileText({ kind: CODE_DIRECT, text, names: surroundings });
  declareGlobals(declarations);
  return reflectApply(main, receiver, [environment]);
}

const holder = {
  eval(text: unknown): unknown {
    return evaluate(text);
  },
};

function constructorFor(name: string, prefix: string, prototype: object, parent: object): object {
  const made = function (this: unknown, ..._: unknown[]): object {
    // biome-ignore lint/complexity/noArguments: a list that no script's iterator is asked for.
    return createFunction(prefix, arguments as never, new.target, made);
  };
  defineFixed(made, "name", name);
  defineFixed(made, "length", 1);
  objectDefineProperty(made, "prototype", { value: prototype, writable: false });
  reflectSetPrototypeOf(made, parent);
  return made;
}

/** Before any code of a program; `prototype` objects keep their identity. */
export function installCodeConstructors(global: object): void {
  const own = constructorFor("Function", "function", functionPrototype, functionPrototype);
  defineHidden(global, "Function", own);
  defineHidden(functionPrototype, "constructor", own);
  markNative(own);
  const others = [
    ["GeneratorFunction", "function*", generatorFunctionPrototype],
    ["AsyncFunction", "async function", reflectGetPrototypeOf(async () => {}) as object],
    ["AsyncGeneratorFunction", "async function*", asyncGeneratorFunctionPrototype],
  ] as const;
  for (let i = 0; i < others.length; i++) {
    const [name, prefix, prototype] = others[i]!;
    const made = constructorFor(name, prefix, prototype, own);
    defineFixed(prototype, "constructor", made);
    markNative(made);
  }
  defineHidden(global, "eval", holder.eval);
  markNative(holder.eval);
}
