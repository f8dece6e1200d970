/**
 * Class data of a broker that ran once (the JVM's dynamic archive), kept beside the jars: later brokers start with half
 * of the CPU time. A JVM that cannot write or use it is as fast as before.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { freePorts, javaCommand, prepareFolder, READY } from "./broker-process.ts";
import { type KafkaHome, kafkaHome, makeOnce } from "./jars.ts";

const HEAP_MB = 320;
/** Whatever happens to this process, the broker that is recorded ends. */
const BOUND_S = "120";

/** The home of Kafka whose brokers start from the archive. */
export async function quickKafkaHome(): Promise<KafkaHome> {
  const home = await kafkaHome();
  const archive = `${dirname(home.blankFolder)}.jsa`;
  await makeOnce(archive, (aside) => record(home, aside));
  return statSync(archive).size === 0 ? home : { ...home, jvm: [`-XX:SharedArchiveFile=${archive}`] };
}

async function record(home: KafkaHome, aside: string): Promise<void> {
  rmSync(aside, { force: true });
  const folder = mkdtempSync(join(tmpdir(), "kawait-kafka-archive-"));
  try {
    const ports = await freePorts();
    prepareFolder(home, { id: 1, folder, ports, controllers: [ports.controller] }, {});
    const recording = { ...home, jvm: [`-XX:ArchiveClassesAtExit=${aside}`] };
    const broker = spawn("timeout", [BOUND_S, ...javaCommand(recording, folder, HEAP_MB)], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    createInterface({ input: broker.stdout }).on("line", (line) => {
      if (line.includes(READY)) broker.kill("SIGTERM");
    });
    await once(broker, "close");
  } finally {
    rmSync(folder, { recursive: true, force: true });
    // Nothing recorded: an empty file, so that nobody tries again.
    if (!existsSync(aside)) writeFileSync(aside, "");
  }
}
