/** The harness itself: nothing of a broker outlives the process that started it. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { until } from "./harness/fixture.ts";
import { kafkaMissing } from "./harness/index.ts";

const HARNESS = new URL("./harness/index.ts", import.meta.url).href;
const SCRIPT = `
  const { startKafka } = await import(${JSON.stringify(HARNESS)});
  const { readdirSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const kafka = await startKafka({ name: "orphan-" + process.pid });
  const folder = readdirSync(tmpdir()).find((name) => name.includes("orphan-" + process.pid));
  console.log(tmpdir() + "/" + folder + " " + kafka.brokers[0]);
  setInterval(() => {}, 1000);
`;

/** Whose command lines name the folder: the broker, and who watches over it. */
function processesOf(folder: string): readonly string[] {
  return spawnSync("pgrep", ["-f", folder], { encoding: "utf8" }).stdout.split("\n").slice(0, -1);
}

test("a killed test process takes its broker and its folder along", {
  skip: kafkaMissing(),
  timeout: 60_000,
}, async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", SCRIPT], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once("close", () => reject(new Error("the script ended")));
  });
  const [folder = ""] = line.split(" ");
  assert.equal(existsSync(folder), true);
  assert.ok(processesOf(folder).length > 0, "the broker runs");
  child.kill("SIGKILL");
  await until("the folder is gone", () => !existsSync(folder));
  await until("no process of it is left", () => processesOf(folder).length === 0);
});
