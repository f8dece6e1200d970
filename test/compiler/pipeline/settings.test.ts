/** What a workflow declares of itself is read from its text; what cannot be read is an error with its place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CompileError, compileSource } from "#compiler";

const MAIN = "export async function main() {}\n";

const settingsOf = async (text: string): Promise<unknown> =>
  (await compileSource(text + MAIN, { needsMain: true })).program.settings;

test("an object of literals, whatever types stand around it", async () => {
  const wanted = { default: true, limits: { stepMs: 5_000, snapshotBytes: 33_554_432 } };
  const literal = '{ default: true, limits: { stepMs: 5_000, "snapshotBytes": 32 * 1024 ** 2 } }';
  assert.deepEqual(await settingsOf(`export const workflow = ${literal};\n`), wanted);
  assert.deepEqual(await settingsOf(`export const workflow = (${literal} as const) satisfies object;\n`), wanted);
  assert.deepEqual(await settingsOf(`const mine: object = ${literal};\nexport { mine as workflow };\n`), wanted);
  assert.deepEqual(await settingsOf("export const workflow = {};\n"), {});
});

test("without the export there are none", async () => {
  assert.equal(await settingsOf(""), undefined);
  assert.equal(await settingsOf("const workflow = { stepMs: 1 };\nworkflow.stepMs++;\n"), undefined);
  assert.equal(await settingsOf("export type workflow = string;\n"), undefined);
});

const WRONG: readonly (readonly [string, RegExp, string])[] = [
  ["export const workflow = { limits: { stepms: 5 } };", /There is no limit "stepms"; there are stepMs, /, "1:45"],
  [
    "export const workflow = { limits: { stepMs: -5 } };",
    /Limit stepMs must be a whole number from 1 on, not -5/,
    "1:45",
  ],
  ["export const workflow = { limits: { stepMs: 0.5 } };", /must be a whole number/, "1:45"],
  ["export const workflow = { limits: { stepMs: seconds(5) } };", /A limit is a number/, "1:45"],
  ["export const workflow = { limit: {} };", /no setting `limit`; there are `default` and `limits`/, "1:34"],
  ["export const workflow = { default: 1 };", /`true` or `false` is needed/, "1:36"],
  ["const a = {}; export const workflow = { ...a };", /written out as `name: value`/, "1:41"],
  ["export const workflow = settings();", /written out as an object/, "1:25"],
  ["export let workflow = {};", /make it a `const` with an object/, "1:8"],
  ["export function workflow() {}", /make it a `const` with an object/, "1:8"],
];

test("what cannot be read without running it, or is no setting, is refused at its place", async () => {
  for (const [text, message, place] of WRONG) {
    await assert.rejects(
      settingsOf(`${text}\nfunction seconds(n) { return n * 1000 }\nconst settings = () => ({});\n`),
      (error) => {
        assert.ok(error instanceof CompileError, text);
        assert.equal(error.code, "WorkflowSettings", text);
        assert.match(error.message, message);
        assert.equal(`${error.line}:${error.column + 1}`, place, text);
        return true;
      },
    );
  }
});
