/** How deep and how wide a thread may be: it works, or ends in a named error that says what to do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import { openWorld } from "./world.ts";

const SOURCE = `import { suspend } from "kawait";

const down = (n: number): number => (n === 0 ? 0 : 1 + down(n - 1));

async function asyncDown(n: number): Promise<number> {
  return n === 0 ? await suspend<number>("go") : 1 + (await asyncDown(n - 1));
}

async function awaitingDown(n: number): Promise<number> {
  await null;
  return n === 0 ? await suspend<number>("go") : 1 + (await awaitingDown(n - 1));
}

export async function main([kind, n]: [string, number]): Promise<unknown> {
  switch (kind) {
    case "calls":
      return down(n);
    case "frames":
      return await asyncDown(n);
    case "awaits":
      return await awaitingDown(n);
    case "promises": {
      const all = Array.from({ length: n }, (_, index) => suspend(\`p\${index}\`));
      await suspend("go");
      return all.length;
    }
    default: {
      const rows = Array.from({ length: n }, (_, id) => ({ id, text: \`\${id} \${"x".repeat(10_000)}\` }));
      await suspend("go");
      return rows.length;
    }
  }
}
`;

test("deep recursions, ten thousand pending promises and fifty megabytes of state go through a restore", {
  timeout: 200_000,
}, async (context) => {
  const { program } = await compileSource(SOURCE, { filename: "deep.ts", needsMain: true });
  const limits = { stepMs: 60_000, memoryMb: 512, snapshotBytes: 64 * 1024 * 1024 };
  const world = await openWorld(context, { workflows: [program], engine: { checkpoint: "drop", limits } });
  const cases = [
    ["calls", 3_000, "3000"],
    ["frames", 3_000, "3001"],
    ["awaits", 3_000, "3001"],
    ["promises", 10_000, "10000"],
    ["state", 5_200, "5200"],
  ] as const;
  for (const [kind, size, result] of cases) {
    await world.resume(kind, `new:${JSON.stringify([kind, size])}`);
    if (kind === "state") {
      await world.take("workflow-status", ({ key }) => key === kind);
      const { stateBytes = 0 } = (await world.client.show(kind)) ?? {};
      assert.ok(stateBytes > 50e6, `the state has ${stateBytes} bytes`);
    }
    await world.resume(kind, '{"ref":"go","value":1}');
    assert.equal((await world.take("workflow-result", ({ key }) => key === kind)).value, result, kind);
  }
  await world.resume("too deep", `new:["calls",1000000]`);
  const { value } = await world.take("workflow-error");
  assert.match(value ?? "", /^"StackOverflow: .*Make the recursion shallower, or turn it into a loop/);
});
