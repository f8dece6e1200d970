/** A context with the guest's runtime laid open (`guest.ts`) and a program; what is measured in it crosses into the host once a wave. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ivm from "isolated-vm";
import { encodeStepRequest, guestTables, type Program, type StepRequest } from "#protocol";
import { onlyWhatIsUsed } from "../../runtime/guest-bundle.ts";

const MEMORY_MB = 512;

export type Part = "steps" | "decode" | "codec";

export interface OpenGuest {
  readonly isolate: ivm.Isolate;
  /** Hands requests in; gives the number of their wave. */
  prepare(requests: readonly StepRequest[]): number;
  /** Runs a part over a wave; gives what it gives. */
  run(part: Part, wave: number): number;
  close(): void;
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("guest.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "entry",
    target: "node24",
    platform: "neutral",
    logLevel: "silent",
    plugins: [onlyWhatIsUsed],
  });
  return `(() => {${outputFiles[0]!.text}return entry.default;})();`;
}

export async function openGuest(program: Program): Promise<OpenGuest> {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  const context = isolate.createContextSync();
  const asReference = { reference: true } as const;
  const run = (code: string, filename: string) =>
    isolate.compileScriptSync(code, { filename }).runSync(context, asReference);
  const guest = run(await bundle(), "kawait");
  const made = run(program.code, "program");
  guest
    .getSync("load", asReference)
    .applySync(undefined, [made.derefInto(), guestTables(program.code, program.tables), false]);
  const method = (name: string) => guest.getSync(name as never, asReference) as unknown as ivm.Reference;
  const prepare = method("prepare");
  const parts = { steps: method("steps"), decode: method("decode"), codec: method("codec") };
  return {
    isolate,
    prepare(requests) {
      const buffers = requests.map((request) => encodeStepRequest(request).slice().buffer);
      return prepare.applySync(undefined, [new ivm.ExternalCopy(buffers).copyInto()]) as number;
    },
    run: (part, wave) => parts[part].applySync(undefined, [wave]) as number,
    close: () => isolate.dispose(),
  };
}
