/**
 * Version of the contract between compiled code and the guest runtime (`docs/ARCHITECTURE.md`, "The ABI object").
 * A runtime supports every version of which programs exist.
 *
 * The linker's part, exactly:
 *
 * ```js
 * (function ($k) {
 *   const $T = $k.TDZ;
 *   const $x0 = $k.exports(0);              // one per module that another module's code names
 *   $k.module(0, [2, 1], function* () {     // ES module: index, what it imports in source order, body
 *     "use strict";
 *     …definitions ($k.def, $k.scope, …)…
 *     yield { foo: () => foo, … };          // end of instantiation: hoisted functions are there, getters of exports
 *     …statements…
 *     $k.bindings(0, [foo, …]);
 *   });
 *   $k.module(1, [], function (exports, require, module) { … });   // CommonJS: `this` is module.exports
 *   $k.module(2, [], function () { return {…}; });                 // JSON
 *   $k.entry(0);
 * })
 * ```
 *
 * - `module(index, imports, body, evaluation)` only registers; `evaluation` is absent, or `"async"` | `"sync"` for a module
 *   that runs in the thread (one with a top-level `await` or `using`, or an importer of one): its ES body is instantiated at
 *   load like any other and then returns a function, which evaluates the module when the thread comes to it.
 *   `$k.g["#modules"]` is the thread's progress.
 *   The module's its kind is `tables.modules[index].kind`. ("script": as CommonJS,
 *   without arguments, `this` is the global object.)
 * - `entry(index)`: first every ES module reachable over `imports` is *instantiated* (body called, `next()` once; each
 *   getter of the yielded record becomes an enumerable accessor of `exports(index)`), then modules are evaluated depth
 *   first in the order of `imports`, each once (ES: `next()` again; CommonJS, JSON: body called). A failed one throws
 *   its error again.
 * - `exports(index)`: one object per module, there from the start, null prototype. ES: accessors as above. CommonJS and
 *   JSON: `{ module, default }`: `module` is `module.exports` as it is now, `default` is `module.default` where
 *   `module.__esModule` holds, else `module`.
 * - `star(index, from)`: `export * from` a CommonJS module, called in the body of `index` when `from` is evaluated:
 *   accessors for its keys but `default` that `exports(index)` does not have.
 * - `namespace(index, node)`: the namespace object (null prototype, @@toStringTag "Module", one per module and `node`).
 *   CommonJS, JSON: own keys of `module.exports`, and `default`, which is `module.exports` when `node` is true or it has
 *   no `__esModule`.
 * - `require(index)`: evaluates it when it was not; gives `module.exports`, for an ES module its namespace (with
 *   `__esModule: true` where it has a default export; an export named `module.exports` is the value itself).
 * - `import(index, node)`: a promise of the namespace, evaluated when it was not. `meta(index)`: `{ url }`.
 * - `base(name, value)` is called when a module scope binding comes into being (with `$T` for let, const and class,
 *   `undefined` for var, in instantiation) and when its declaration is evaluated; what `$k.g` holds after load is the base.
 * - The `require` that a CommonJS body is given serves only what the compiler could not resolve: it throws
 *   `MODULE_NOT_FOUND`. Static `require("x")` is compiled to `$k.require(index)`.
 *
 * What the phases call beside the table in `docs/ARCHITECTURE.md`:
 *
 * | member | meaning |
 * |---|---|
 * | `call(fn, receiver, ...args)`, `apply(fn, receiver, list)` | a call with a receiver that was put aside; TypeError when `fn` cannot be called |
 * | `caller(fn)` | a function that calls `fn` with its first argument as the receiver: of private functions, the engine inlines it |
 * | `key(value)` | ToPropertyKey |
 * | `define(object, key, value)` | CreateDataPropertyOrThrow (class fields); gives the object |
 * | `accessor(object, key, get, set)` | an enumerable accessor of a literal; an `undefined` half stays as it is; gives the object |
 * | `accessorName("get"\|"set", key)` | the `name` of an accessor with a computed key |
 * | `extend(object, rest, prototype)` | defines the own properties of `rest` on `object` as they are, with `prototype` its prototype too; gives the object |
 * | `invoke(text, callee, receiver, ...args)` | `call` that says in its TypeError what was written: `text` |
 * | `omit(value, keys)` | `{ ...rest }` of a pattern |
 * | `method(target, key, kind)` | `kind` for a method that a class has defined; gives the function |
 * | `privateAccess("#x", "get"\|"set"\|"method")` | throws the TypeError of an accessor without that half, or of a write to a method |
 * | `superGet`, `superSet` | gives the value read or written |
 * | `iterator(value)`, `asyncIterator(value)` | an iterator record `{ i, n, done }`; `i` may be a cursor of the runtime's own |
 * | `step(record)` | the next value; sets `record.done` at the end and when the iterator throws. Serves `forIn` lists too |
 * | `rest(record)` | an array of all that is left |
 * | `close(record, isThrowing)` | IteratorClose unless done; with `isThrowing` errors of `return` are dropped |
 * | `next(record, value)` | calls `next` with the value; gives what that gives (for an async iterator: awaited by compiled code) |
 * | `result(value)` | the value, which must be an object: TypeError of an iterator result |
 * | `noThrow()` | the TypeError of `yield*` over an iterator without `throw` |
 * | `delegate($f, result, site, locals)` | as `yield`, for `yield*` of a generator: the iterator result goes out as it is |
 * | `direct(eval, this, surroundings, [name, read, write, …], layers, ...args)` | a direct `eval`: what its text sees as closures (`write` is null for what it may not write) and layers, and the description that it is compiled against |
 * | `layer()`, `declare(layer, names)` | the variables that texts of a direct `eval` declare in a function: an object without a prototype |
 * | `object(value)`, `withHas(object, name)`, `withGet(…, isStrict)`, `withSet(object, name, value, isStrict)`, `withDelete` | the object of a `with`, as an object environment |
 * | `find(name, layer, accessor, …, last)` | what has the name as a property: a layer, the accessor of a `with`, or the last |
 * | `callFound([callee, receiver], ...args)`, `bound([…])` | a call, or a tag, whose callee may have been found in a `with` |
 * | `given(arguments, from)`, `place(get, set, key)`, `callOn(receiver, get, ...args)` | arguments from a place on; `value` of what it gives is `super[key]` or a private name of what is around a text; a call of such a one |
 * | `mapped(arguments, [read, write, …])` | a sloppy `arguments` whose parameters live elsewhere |
 * | `importing(specifier, options)` | `import()` of what is not in the program: a promise that is rejected |
 * | `template(index, cooked, raw)` | the frozen template object of a site |
 * | `decorate(decorators, target, key, descriptor)` | applies TypeScript's decorators, from the end; with a class alone: gives what they made of it |
 * | `metadata(key, value)` | a decorator of `Reflect.metadata` where somebody has made that, for types |
 * | `decorateParameter(index, decorator)` | a parameter's decorator as one of its method |
 * | `construction.begin()`, `.end(begun)` | around a constructor whose arrow functions see `this` before `super()` has returned |
 * | `construction.calling(scope)`, `.fields(self)` | `super()` is called next; the first field: puts `self` into that scope object's `this` |
 * | `construction.superAgain(class, newTarget, isBound)` | what `super()` of an arrow function is when its constructor has ended |
 * | `iterate(value, key)` | `value[key]()`, the key written as `Symbol.iterator`: an iterator that can be saved |
 * | `iteration(method)` | `value[Symbol.iterator]` read as a value: the runtime's function for the engine's |
 * | `walk.values(value, text)`, `.keys`, `.entries` | `value.values()` where the iterator is used up on the spot: nobody can hold it; `text`: what was written |
 * | `resources.open()` | the record of a scope with `using`: plain data |
 * | `resources.add(record, value)`, `.addAsync` | AddDisposableResource; gives the value |
 * | `resources.failed(record, error)` | the scope's completion is this error; a second one is a SuppressedError around it |
 * | `resources.dispose(record)` | disposes of all, the last first, then throws the error if there is one |
 * | `resources.next(record)`, `.close(record)` | with `await using`: disposes up to the next await, of `record.waits`; false at the end, when `close` throws the error if there is one |
 * | `cancelling.all`, `.allSettled`, `.any`, `.race` | what literal `Promise.all(…)` … become in modules that import `kawait` |
 * | `global` | the global object |
 * | `free(name)` | the value of a global name that functions around compiled code shadow (`arguments`), or its ReferenceError |
 * | `script(lexical, run)` | units of global code only: `[name, get, set]` of each native lexical binding, and what runs the unit |
 * | `declareFunction(name, value)`, `setGlobal(name, value)` | likewise: CreateGlobalFunctionBinding; the variable of a function in a block |
 * | `freeze(object)` | likewise: `Object.freeze` |
 * | `api` | the namespace of `kawait`: `suspend`, `threadId`, `config`, … as accessors, and `default`, itself |
 *
 * A generator object is resumed at a `yield` with mode 2 and the value as it came: an async generator's compiled code awaits it.
 */
export const ABI_VERSION = 1;

/** The place in `$k.g` for what a thread knows of the modules that run in it; no binding of a module has such a name. */
export const MODULES_GLOBAL = "#modules";

/** How a frame is resumed. */
export const RESUME_NEXT = 0;
export const RESUME_THROW = 1;
export const RESUME_RETURN = 2;
