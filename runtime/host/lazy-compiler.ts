/**
 * The compiler of code made at run time, loaded from the path that the composition root named: a process that never needs it
 * pays nothing, and nothing of the runtime imports the compiler.
 *
 * Loading takes part of a second, which is no step's own: the step that asks first is told nothing, ends, and never happened;
 * it runs again when the compiler is there (`StepRunner`).
 */
import { createRequire } from "node:module";
import type { CompileCode } from "#protocol";

export class LazyCompiler {
  readonly #path: string;
  #compile: CompileCode | undefined;
  #isWanted = false;

  /** @param path absolute path of a module that exports `compileCode` */
  constructor(path: string) {
    this.#path = path;
  }

  /** A text came and there was no compiler yet. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** For the guest: `undefined` while the compiler is not there. */
  readonly compile = (request: string): string | undefined => {
    this.#isWanted ||= this.#compile === undefined;
    return this.#compile?.(request);
  };

  load(): void {
    this.#compile = (createRequire(this.#path)(this.#path) as { readonly compileCode: CompileCode }).compileCode;
    this.#isWanted = false;
  }
}
