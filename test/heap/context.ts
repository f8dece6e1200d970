/** Contexts that hold the guest's runtime, a small program written to the ABI, and the codec laid open. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ivm from "isolated-vm";
import { compileCode } from "#compiler";
import { onlyWhatIsUsed } from "../../runtime/guest-bundle.ts";
import { DESCRIBE } from "./describe.ts";

let bundled: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("guest/entry.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "entry",
    target: "node24",
    platform: "neutral",
    logLevel: "silent",
    plugins: [onlyWhatIsUsed],
  });
  // No property of the global object: else the runtime's own objects would count as intrinsics.
  return `const heap = (() => {${outputFiles[0]!.text}return entry.default;})();`;
}

export interface GuestContext {
  /** Runs code; what it gives is copied out. */
  run(code: string): unknown;
  /** Encodes the value of an expression. */
  encode(expression: string, withChanges?: boolean): Uint8Array;
  /** Decodes to `heap.kept(name)`. */
  decode(bytes: Uint8Array, name: string): void;
  release(): void;
}

export interface GuestIsolate {
  /** Shared mode freezes the program's image. */
  context(mode?: "private" | "shared"): GuestContext;
  dispose(): void;
}

/** `program` is the text of a function of `$k`; `tables` are its tables. */
export async function guestIsolate(program: string, tables: object, memoryLimit = 512): Promise<GuestIsolate> {
  bundled ??= bundle();
  const code = await bundled;
  const isolate = new ivm.Isolate({ memoryLimit });
  const script = isolate.compileScriptSync(code);
  return {
    context(mode = "private") {
      const context = isolate.createContextSync();
      script.runSync(context);
      context.evalSync(DESCRIBE);
      context.evalClosureSync("heap.useCompiler($0)", [new ivm.Callback(compileCode)]);
      context.evalSync(`heap.load(${program}, ${JSON.stringify(tables)}, ${mode === "private"});`);
      return {
        run: (text) => context.evalSync(text, { copy: true }),
        encode: (expression, withChanges = false) =>
          context.evalSync(`heap.encode(${expression}, ${withChanges})`, { copy: true }) as Uint8Array,
        decode(bytes, name) {
          context.evalClosureSync(`heap.keep($1, heap.decode(new Uint8Array($0)))`, [
            new ivm.ExternalCopy(new Uint8Array(bytes).buffer).copyInto(),
            name,
          ]);
        },
        release: () => context.release(),
      };
    },
    dispose: () => isolate.dispose(),
  };
}
