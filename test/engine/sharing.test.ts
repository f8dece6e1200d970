/**
 * Threads of one program share its modules, and cannot tell: each sees its own changes to packages, module state, the
 * language and the global object, across awaits and restores, and nobody else's; what it sees is what a process of its own
 * would have shown it (docs/ARCHITECTURE.md, "Program image, shared and private threads"; I3, I5).
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { decodeState } from "#protocol";
import { readChangelogValue } from "#stream";
import { openWorld } from "./world.ts";

const fixture = join(dirname(dirname(fileURLToPath(import.meta.url))), "fixtures", "sharing");

interface Plan {
  readonly key: string;
  /** One action a round. */
  readonly names: readonly string[];
  /** The thread still shares its context at the end: it has written to nothing that the load made. */
  readonly shares?: true;
}

const ROUNDS = 3;
const twice = (name: string): readonly string[] => [name, "nothing", name];

const modern: readonly Plan[] = [
  { key: "reader-1", names: twice("nothing"), shares: true },
  { key: "lets-1", names: twice("lets"), shares: true },
  { key: "lets-2", names: ["lets", "lets", "lets"], shares: true },
  { key: "module-object", names: twice("moduleObject") },
  { key: "class-state", names: twice("classState") },
  { key: "class-patched", names: twice("classPatched") },
  { key: "commonjs", names: twice("commonjs") },
  { key: "map", names: twice("map") },
  { key: "set", names: twice("set") },
  { key: "date", names: twice("date") },
  { key: "regexp", names: twice("regexp") },
  { key: "typed", names: twice("typed") },
  { key: "array", names: twice("array") },
  { key: "intrinsics", names: twice("intrinsics") },
  { key: "pollution", names: twice("pollution") },
  { key: "global", names: twice("global") },
  { key: "swallowed", names: twice("swallowed") },
  { key: "generator", names: twice("generator") },
  { key: "promise", names: twice("promise") },
  { key: "closure", names: twice("closure") },
  { key: "resized", names: twice("resized") },
  { key: "detached", names: twice("detached") },
  { key: "error", names: twice("error") },
  { key: "bound", names: twice("bound") },
  { key: "privates", names: twice("privates") },
  { key: "stamped", names: twice("stamped") },
  { key: "template", names: twice("template") },
  { key: "error-settings", names: twice("errorSettings") },
  { key: "symbols", names: twice("symbols") },
  { key: "asks", names: twice("asks") },
  { key: "frozen", names: twice("frozen") },
  { key: "mixed", names: ["commonjs", "pollution", "map"] },
  { key: "late", names: ["nothing", "lets", "array"] },
  { key: "reader-2", names: twice("nothing"), shares: true },
];

const sloppy: readonly Plan[] = [
  { key: "sloppy-reader", names: twice("nothing") },
  { key: "sloppy-antique", names: twice("antique") },
  { key: "sloppy-commonjs", names: ["commonjs", "antique", "array"] },
  { key: "sloppy-other", names: ["antique", "global", "lets"] },
];

const proxied: readonly Plan[] = [
  { key: "proxied-reader", names: twice("nothing") },
  { key: "proxied-target", names: twice("target") },
  { key: "proxied-handler", names: twice("handler") },
];

const programs = [
  { workflow: "modern", plans: modern },
  { workflow: "sloppy", plans: sloppy },
  { workflow: "proxied", plans: proxied },
] as const;

let folder = "";
let expected: ReadonlyMap<string, unknown>;

/** Runs a plan in a Node process of its own. */
async function native(workflow: string, plan: Plan): Promise<readonly [string, unknown]> {
  const script = `
    import { main } from ${JSON.stringify(join(folder, `${workflow}.ts`))};
    const { stringify } = JSON, { write } = process.stdout;
    const result = await main(${JSON.stringify(plan)}, async () => null);
    write.call(process.stdout, stringify(result));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    cwd: folder,
    maxBuffer: 10_000_000,
  });
  return [plan.key, JSON.parse(stdout)];
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kawait-sharing-"));
  await cp(fixture, folder, { recursive: true });
  await cp(join(fixture, "packages"), join(folder, "node_modules"), { recursive: true });
  // The native run brings its own way to pause and never calls this.
  await mkdir(join(folder, "node_modules", "kawait"));
  await writeFile(join(folder, "node_modules", "kawait", "package.json"), '{"type":"module","exports":"./index.js"}');
  await writeFile(
    join(folder, "node_modules", "kawait", "index.js"),
    "export function suspend() { throw new Error('native'); }",
  );
  const runs = new Map<string, unknown>();
  for (const { workflow, plans } of programs) {
    for (const plan of plans) runs.set(...(await native(workflow, plan)));
  }
  expected = runs;
});

after(() => rm(folder, { recursive: true, force: true }));

for (const checkpoint of ["live", "drop"] as const) {
  test(`threads that share a program see their own changes only: ${checkpoint}`, async (context) => {
    const world = await openWorld(context, {
      workflows: programs.map(({ workflow }) => join(folder, `${workflow}.ts`)),
      engine: { checkpoint, limits: { stepMs: 2_000 } },
    });
    const all = programs.flatMap(({ workflow, plans }) => plans.map((plan) => ({ workflow, plan })));
    for (const { workflow, plan } of all)
      await world.resume(plan.key, `new:${JSON.stringify(plan)}`, { "kawait-workflow": workflow });
    for (let round = 0; round <= ROUNDS; round++)
      for (const { plan } of all) await world.resume(plan.key, '{"ref":"go","value":null}');
    for (const { plan } of all) {
      await context.test(plan.key, async () => {
        const end = await world.take("workflow-result", ({ key }) => key === plan.key);
        assert.deepEqual(JSON.parse(end.value ?? "null"), expected.get(plan.key));
        const bytes = await readChangelogValue(world.broker, "workflow-changelog", 0, plan.key);
        const state = bytes && decodeState(bytes);
        assert.equal(state?.status, "completed");
        assert.equal(state?.isPrivate, plan.shares !== true, "private");
      });
    }
    assert.deepEqual(await world.rest("workflow-error"), []);
  });
}
