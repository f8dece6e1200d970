/** Steps through real sandbox processes: order, liveness, restore, and what is handed over again after a restart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SandboxPoolOptions } from "#runtime";
import { advanced, deploy, poolFor, resumeOf, startOf } from "./harness/steps.ts";

const ECHO = `export function main(argument) { return { echo: argument }; }`;

/** Adds up the values of three records. */
const SUM = `
  import { suspend } from "kawait";
  export async function main(start) {
    let sum = start;
    for (let round = 0; round < 3; round++) sum += await suspend("add " + round);
    return sum;
  }`;

test("steps go through the processes and come back in order", async (t) => {
  const pool = poolFor(t, { processes: 2 });
  const hash = await deploy(pool, ECHO);
  const results = await pool.runSteps(
    Array.from({ length: 40 }, (_, index) => startOf(`thread ${index}`, hash, index)),
  );
  for (const [index, result] of results.entries()) {
    assert.equal(advanced(result).status, "completed");
    assert.deepEqual(JSON.parse(advanced(result).result ?? ""), { echo: index });
  }
  assert.equal(pool.processes().length, 2);
});

test("calls that overlap keep their own results", async (t) => {
  const pool = poolFor(t);
  const hash = await deploy(pool, ECHO);
  const calls = Array.from({ length: 20 }, (_, call) =>
    pool.runSteps([startOf(`a ${call}`, hash, [call, 0]), startOf(`b ${call}`, hash, [call, 1])]),
  );
  for (const [call, results] of (await Promise.all(calls)).entries()) {
    const echoes = results.map((result) => JSON.parse(advanced(result).result ?? "").echo);
    assert.deepEqual(echoes, [
      [call, 0],
      [call, 1],
    ]);
  }
});

/** Runs twenty threads of `SUM` to their end. `between` is called after each wave. */
async function runSums(
  t: Parameters<typeof poolFor>[0],
  options: SandboxPoolOptions,
  between: (pool: ReturnType<typeof poolFor>) => void,
) {
  const pool = poolFor(t, options);
  const hash = await deploy(pool, SUM);
  const ids = Array.from({ length: 20 }, (_, index) => `thread ${index}`);
  let results = (await pool.runSteps(ids.map((id, index) => startOf(id, hash, index)))).map(advanced);
  for (let round = 0; round < 3; round++) {
    assert.ok(results.every((result) => result.status === "running" && result.awaits[0]?.ref === `add ${round}`));
    between(pool);
    const requests = ids.map((id, index) => {
      const result = results[index];
      assert.ok(result);
      return resumeOf(id, hash, { stepId: round + 1, result }, `add ${round}`, 10 ** (round + 1));
    });
    results = (await pool.runSteps(requests)).map(advanced);
  }
  assert.deepEqual(
    results.map((result) => JSON.parse(result.result ?? "")),
    ids.map((_, index) => 1110 + index),
  );
}

test("threads go on while they stay decoded", async (t) => {
  await runSums(t, {}, () => {});
});

test("threads go on from their heaps after every step in a new context", async (t) => {
  await runSums(t, { mode: "drop" }, () => {});
});

test("threads go on from their heaps after they were discarded", async (t) => {
  await runSums(t, {}, (pool) => pool.discard("all"));
});

test("threads go on in the calling process", async (t) => {
  await runSums(t, { inline: true }, () => {});
});

test("threads and programs go over to a new process when theirs was killed", async (t) => {
  await runSums(t, {}, (pool) => {
    const [child] = pool.processes();
    assert.ok(child);
    process.kill(child.pid, "SIGKILL");
  });
});

test("fewer decoded threads are kept than there are threads", async (t) => {
  await runSums(t, { limits: { liveThreads: 3 } }, () => {});
});

const POLLUTER = `
  import { suspend } from "kawait";
  const shared = new Map();
  let count = 0;
  export async function main(isEvil) {
    if (isEvil) { Object.prototype.echo = "polluted"; Array.prototype.at = () => "patched"; shared.set("a", 1); count++; }
    const before = [({}).echo, [1].at(0), shared.size, count];
    await suspend("go");
    return [before, [({}).echo, [1].at(0), shared.size, count]];
  }`;

for (const isPrivate of [false, true]) {
  for (const mode of ["live", "drop"] as const) {
    const how = `${isPrivate ? "private" : "shared"} mode, ${mode}`;
    test(`a thread sees and keeps its own changes to the language, and nobody else does: ${how}`, async (t) => {
      const pool = poolFor(t, { mode });
      const hash = await deploy(pool, POLLUTER);
      const ids = ["good 1", "evil", "good 2"];
      const starts = ids.map((id) => ({ ...startOf(id, hash, id === "evil"), isPrivate }));
      const results = (await pool.runSteps(starts)).map(advanced);
      assert.deepEqual(
        results.map((result) => result.isPrivate),
        [isPrivate, true, isPrivate],
      );
      const requests = ids.map((id, index) => {
        const result = results[index];
        assert.ok(result);
        return resumeOf(id, hash, { stepId: 1, result }, "go", null);
      });
      const ends = (await pool.runSteps(requests)).map((result) => JSON.parse(advanced(result).result ?? ""));
      const clean = [null, 1, 0, 0];
      const own = ["polluted", "patched", 1, 1];
      assert.deepEqual(ends, [
        [clean, clean],
        [own, own],
        [clean, clean],
      ]);
    });
  }
}

test("threads of a program that can never share begin in private mode after a while", async (t) => {
  const pool = poolFor(t);
  const hash = await deploy(pool, `export function main(n) { Array.prototype.extra = n; return [].extra; }`);
  for (let n = 0; n < 12; n++) {
    const [result] = await pool.runSteps([startOf(`thread ${n}`, hash, n)]);
    assert.equal(advanced(result).isPrivate, true);
    assert.equal(advanced(result).result, String(n));
  }
});

test("a program sees nothing of another program's changes", async (t) => {
  const pool = poolFor(t);
  const evil = await deploy(pool, `export function main() { Object.prototype.echo = "polluted"; return 1; }`);
  const good = await deploy(pool, `export function main() { return [({}).echo]; }`);
  const results = await pool.runSteps([startOf("a", evil), startOf("b", good)]);
  assert.deepEqual(JSON.parse(advanced(results[1]).result ?? ""), [null]);
});

test("every process has one time zone and one locale", async (t) => {
  process.env.TZ = "Asia/Tokyo";
  t.after(() => delete process.env.TZ);
  const pool = poolFor(t);
  const hash = await deploy(
    pool,
    `export function main() {
      const { timeZone, locale } = new Intl.DateTimeFormat().resolvedOptions();
      return [timeZone, locale, new Date(0).getTimezoneOffset()];
    }`,
  );
  const [result] = await pool.runSteps([startOf("thread", hash)]);
  assert.deepEqual(JSON.parse(advanced(result).result ?? ""), ["UTC", "en-US", 0]);
});

test("more programs and private threads than are kept warm go on all the same", async (t) => {
  const pool = poolFor(t, { limits: { programs: 2, privateContexts: 1 } });
  const hashes = await Promise.all(
    Array.from({ length: 4 }, (_, n) =>
      deploy(
        pool,
        `import { suspend } from "kawait"; export async function main(m) { return ${n} + m + (await suspend("go")); }`,
      ),
    ),
  );
  const threads = hashes.flatMap((hash, n) => [0, 10].map((m) => ({ id: `thread ${n} ${m}`, hash, n, m })));
  const starts = threads.map(({ id, hash, m }) => ({ ...startOf(id, hash, m), isPrivate: m === 10 }));
  const results = (await pool.runSteps(starts)).map(advanced);
  const requests = threads.map(({ id, hash }, index) => {
    const result = results[index];
    assert.ok(result);
    return resumeOf(id, hash, { stepId: 1, result }, "go", 100);
  });
  const ends = (await pool.runSteps(requests)).map((result) => JSON.parse(advanced(result).result ?? ""));
  assert.deepEqual(
    ends,
    threads.map(({ n, m }) => 100 + n + m),
  );
});
