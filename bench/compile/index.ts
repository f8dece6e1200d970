/**
 * `compile`: half a megabyte of packages from files to a program, in processes of their own, and what a sandbox needs until
 * the first step of that program can run.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import ivm from "isolated-vm";
import { compile } from "#compiler";
import type { Program } from "#protocol";
import { guestPrelude } from "#runtime";
import type { Row, Table } from "../table.ts";

const ROUNDS = 5;
const ENTRY = join(import.meta.dirname, "../workflows/packages.js");
const CHILD = join(import.meta.dirname, "child.ts");
const MEMORY_MB = 512;

function inChild(cacheFolder: string, rounds: number): number[] {
  const text = execFileSync(process.execPath, [CHILD, ENTRY, cacheFolder, `${rounds}`], { encoding: "utf8" });
  return JSON.parse(text) as number[];
}

/** Milliseconds of one round, by row. */
function compileRound(): readonly (readonly [name: string, ms: number])[] {
  const cacheFolder = mkdtempSync(join(tmpdir(), "kawait-bench-compile-"));
  try {
    const [cold] = inChild(cacheFolder, 1);
    const [fromDisk, fromMemory] = inChild(cacheFolder, 2);
    return [
      ["a fresh process, nothing cached", cold!],
      ["a fresh process, modules cached on disk", fromDisk!],
      ["the same process again", fromMemory!],
    ];
  } finally {
    rmSync(cacheFolder, { recursive: true, force: true });
  }
}

/** Milliseconds until a context of a warm isolate can run the program's first step. */
function warmUp(isolate: ivm.Isolate, prelude: ivm.Script, program: Program, script: ivm.Script, isPrivate: boolean) {
  const start = performance.now();
  const context = isolate.createContextSync();
  const kernel = prelude.runSync(context, { reference: true }) as unknown as ivm.Reference<Record<string, never>>;
  const made = script.runSync(context, { reference: true }) as unknown as ivm.Reference;
  const load = kernel.getSync("load", { reference: true }) as unknown as ivm.Reference<(...values: unknown[]) => void>;
  load.applySync(undefined, [made.derefInto(), JSON.stringify(program.tables), isPrivate]);
  const ms = performance.now() - start;
  context.release();
  return ms;
}

export async function benchCompile(): Promise<readonly Table[]> {
  const compiling = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, ms] of compileRound()) compiling.set(name, [...(compiling.get(name) ?? []), ms]);
  }
  const { program } = await compile({ entry: ENTRY, folder: join(ENTRY, "..") });
  const { code } = await guestPrelude();
  const shared: number[] = [];
  const alone: number[] = [];
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  const prelude = isolate.compileScriptSync(code);
  const script = isolate.compileScriptSync(program.code);
  for (let round = 0; round < ROUNDS; round++) {
    shared.push(warmUp(isolate, prelude, program, script, false));
    alone.push(warmUp(isolate, prelude, program, script, true));
  }
  isolate.dispose();
  const sources = program.debug.sourcesContent.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
  const rows = ([...compiling] as const).map(([name, rounds]): Row => ({ name, rounds }));
  return [
    {
      title: `compile ${Math.round(sources / 1_000)} KB in ${program.debug.sources.length} modules`,
      unit: "ms",
      reference: rows[0]!.name,
      rows,
      doesNotMeasure: "the start of Node; a cold file system",
    },
    {
      title: `warm-up of that program, ${Math.round(program.code.length / 1_000)} KB of code`,
      unit: "ms",
      reference: "shared mode",
      rows: [
        { name: "shared mode", rounds: shared },
        { name: "private mode", rounds: alone },
      ],
      doesNotMeasure: "the start of the process and the isolate; compiling the script once per isolate",
    },
  ];
}
