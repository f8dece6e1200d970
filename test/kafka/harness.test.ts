/** The harness itself: nothing of a broker outlives the process that started it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
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
  const [folder = "", address = ""] = line.split(" ");
  assert.equal(existsSync(folder), true);
  child.kill("SIGKILL");
  await until("the folder is gone", () => !existsSync(folder));
  const { connect } = await import("node:net");
  const refused = await new Promise<boolean>((resolve) => {
    const socket = connect(Number(address.split(":")[1]), "127.0.0.1", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => resolve(true));
  });
  assert.equal(refused, true, "the broker still answers");
});
