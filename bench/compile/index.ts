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
import { guestTables, type Program } from "#protocol";
import { guestPrelude } from "#runtime";
import type { Row, Table } from "../table.ts";

const ROUNDS = 5;
const ENTRY = join(import.meta.dirname, "../workflows/packages.js");
const CHILD = join(import.meta.dirname, "child.ts");
const MEMORY_MB = 512;

interface Time {
  readonly wallMs: number;
  /** On a busy machine this says more. */
  readonly cpuMs: number;
}

function inChild(cacheFolder: string, rounds: number): Time[] {
  const text = execFileSync(process.execPath, [CHILD, ENTRY, cacheFolder, `${rounds}`], { encoding: "utf8" });
  return JSON.parse(text) as Time[];
}

function compileRound(): readonly (readonly [name: string, time: Time])[] {
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
function warmUp(
  isolate: ivm.Isolate,
  prelude: ivm.Script,
  program: Program,
  script: ivm.Script,
  isPrivate: boolean,
): Time {
  const start = performance.now();
  const used = process.cpuUsage();
  const context = isolate.createContextSync();
  const kernel = prelude.runSync(context, { reference: true }) as unknown as ivm.Reference<Record<string, never>>;
  const made = script.runSync(context, { reference: true }) as unknown as ivm.Reference;
  const load = kernel.getSync("load", { reference: true }) as unknown as ivm.Reference<(...values: unknown[]) => void>;
  load.applySync(undefined, [made.derefInto(), guestTables(program.code, program.tables), isPrivate]);
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(used);
  context.release();
  return { wallMs, cpuMs: (user + system) / 1_000 };
}

function rowsOf(times: readonly (readonly [name: string, times: readonly Time[]])[]): Row[] {
  return times.flatMap(([name, rounds]) => [
    { name, rounds: rounds.map(({ wallMs }) => wallMs) },
    { name: `${name}, processor time`, rounds: rounds.map(({ cpuMs }) => cpuMs) },
  ]);
}

export async function benchCompile(): Promise<readonly Table[]> {
  const compiling = new Map<string, Time[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, time] of compileRound()) compiling.set(name, [...(compiling.get(name) ?? []), time]);
  }
  const { program } = await compile({ entry: ENTRY, folder: join(ENTRY, "..") });
  const { code } = await guestPrelude();
  const shared: Time[] = [];
  const alone: Time[] = [];
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  const prelude = isolate.compileScriptSync(code);
  const script = isolate.compileScriptSync(program.code);
  for (let round = 0; round < ROUNDS; round++) {
    shared.push(warmUp(isolate, prelude, program, script, false));
    alone.push(warmUp(isolate, prelude, program, script, true));
  }
  isolate.dispose();
  const sources = program.debug.sourcesContent.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
  const rows = rowsOf([...compiling]);
  return [
    {
      title: `compile ${Math.round(sources / 1_000)} KB in ${program.debug.sources.length} modules`,
      unit: "ms",
      reference: rows[0]!.name,
      rows,
      doesNotMeasure:
        "the start of Node; a cold file system; esbuild is a process of its own, its processor time is not counted",
    },
    {
      title: `warm-up of that program, ${Math.round(program.code.length / 1_000)} KB of code`,
      unit: "ms",
      reference: "shared mode",
      rows: rowsOf([
        ["shared mode", shared],
        ["private mode", alone],
      ]),
      doesNotMeasure: "the start of the process and the isolate; compiling the script once per isolate",
    },
  ];
}
