/**
 * The compiler of code made at run time, loaded from the path that the composition root named: a process that never needs it
 * pays nothing, and nothing of the runtime imports the compiler.
 */
import { createRequire } from "node:module";
import type { CompileCode } from "#protocol";

/** @param path absolute path of a module that exports `compileCode` */
export function lazyCompiler(path: string): CompileCode {
  let loaded: CompileCode | undefined;
  return (request) => {
    loaded ??= (createRequire(path)(path) as { readonly compileCode: CompileCode }).compileCode;
    return loaded(request);
  };
}
