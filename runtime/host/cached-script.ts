/**
 * A script text with the code cache of its first compilation: each further isolate of the process takes the cache.
 */
import type ivm from "isolated-vm";

export class CachedScript {
  readonly #code: string;
  readonly #filename: string;
  #cache: ivm.ExternalCopy<ArrayBuffer> | undefined;

  /** @param filename as it stands in stacks */
  constructor(code: string, filename: string) {
    this.#code = code;
    this.#filename = filename;
  }

  /** Throws a SyntaxError with the position. */
  compile(isolate: ivm.Isolate): ivm.Script {
    const filename = this.#filename;
    const script = isolate.compileScriptSync(
      this.#code,
      this.#cache ? { filename, cachedData: this.#cache } : { filename, produceCachedData: true },
    );
    this.#cache ??= (script as { readonly cachedData?: ivm.ExternalCopy<ArrayBuffer> }).cachedData;
    return script;
  }
}
