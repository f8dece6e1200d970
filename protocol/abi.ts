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
 * - `module(index, imports, body)` only registers; its kind is `tables.modules[index].kind`. ("script": as CommonJS,
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
 */
export const ABI_VERSION = 1;

/** How a frame is resumed. */
export const RESUME_NEXT = 0;
export const RESUME_THROW = 1;
export const RESUME_RETURN = 2;
