/**
 * The bridge into a context: a few lines of guest code between the host's calls and the guest's kernel.
 *
 * Why it is guest code: isolated-vm converts a thrown value to a host error *after* the timeout has ended, and reads its
 * `message` and `stack` for that; a thrown proxy would hang the process there. So nothing may be thrown across: every call
 * is caught inside, under the timeout, and gives primitives or one ArrayBuffer. Nothing of the host goes in but
 * primitives and a copied ArrayBuffer (I5).
 *
 * Of the ways to carry one buffer in and one out (copied, transferred, strings, shared memory), copying both ways is the
 * fastest or equal up to 80 KB, and leaves no memory that two sides can write.
 */

/** Evaluated with the kernel's global lexical scope empty: its value is a function of the kernel. */
export const BRIDGE_SCRIPT = `(function (kernel) {
  "use strict";
  const text = String;
  function describe(error) {
    try {
      const isObject = typeof error === "object" && error !== null;
      const stack = isObject ? error.stack : undefined;
      return [text(error), typeof stack === "string" ? stack : ""];
    } catch {
      return ["a value that cannot be shown", ""];
    }
  }
  let lastStack = "";
  function failure(error) {
    const described = describe(error);
    lastStack = described[1];
    return described[0];
  }
  return {
    useCompiler(compile) { kernel.useCompiler(compile); },
    useDebug(read) { kernel.useDebug(read); },
    load(program, tables, isPrivate) {
      try { kernel.load(program, tables, isPrivate); return undefined; } catch (error) { return failure(error); }
    },
    step(request) {
      try { return kernel.step(request); } catch (error) { return failure(error); }
    },
    forget(threadId) {
      try { kernel.forget(threadId); return undefined; } catch (error) { return failure(error); }
    },
    stack() { return lastStack; },
  };
})`;
