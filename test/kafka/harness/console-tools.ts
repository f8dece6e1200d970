/** Kafka's own console producer and consumer: a second opinion that shares no code with our client. */
import { spawn } from "node:child_process";
import type { KafkaHome } from "./jars.ts";

export interface ConsoleRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

export type Compression = "none" | "gzip" | "snappy" | "lz4" | "zstd";

const JVM = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=ERROR"];

function java(home: KafkaHome, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("java", [...JVM, ...home.jvm, "-cp", home.classPath, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${args[0]} ended with ${code}: ${errors.slice(-2000)}`));
    });
    child.stdin.end(input);
  });
}

/** Writes lines with the console producer. Keys and values hold neither tab nor newline. */
export async function consoleProduce(
  home: KafkaHome,
  bootstrap: string,
  topic: string,
  records: readonly { readonly key: string; readonly value: string }[],
  compression: Compression = "none",
): Promise<void> {
  const args = ["org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", bootstrap, "--topic", topic];
  const keys = ["--property", "parse.key=true", "--property", "key.separator=\t"];
  await java(
    home,
    [...args, ...keys, "--compression-codec", compression],
    records.map(({ key, value }) => `${key}\t${value}\n`).join(""),
  );
}

/**
 * Reads a topic from its start, read_committed, until `count` records came or none came for `idleMs`.
 * A null key or value reads as null.
 */
export async function consoleConsume(
  home: KafkaHome,
  bootstrap: string,
  topic: string,
  options: { readonly count?: number; readonly idleMs?: number } = {},
): Promise<ConsoleRecord[]> {
  const shown = ["print.partition=true", "print.offset=true", "print.key=true", "key.separator=\t", "null.literal=\\0"];
  const output = await java(
    home,
    [
      "org.apache.kafka.tools.consumer.ConsoleConsumer",
      ...["--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning"],
      ...["--isolation-level", "read_committed", "--timeout-ms", String(options.idleMs ?? 4000)],
      ...(options.count === undefined ? [] : ["--max-messages", String(options.count)]),
      ...shown.flatMap((property) => ["--property", property]),
    ],
    "",
  );
  const text = (field: string | undefined): string | null => (field === undefined || field === "\\0" ? null : field);
  return output
    .split("\n")
    .filter((line) => line.startsWith("Partition:"))
    .map((line) => {
      const [partition = "", offset = "", key, value] = line.split("\t");
      return {
        partition: Number(partition.slice(10)),
        offset: Number(offset.slice(7)),
        key: text(key),
        value: text(value),
      };
    });
}
