/** `kawait send <thread> <json>`: resumes a suspension: {"ref": …, "value": …} or {"ref": …, "error": …}. */
import { Command } from "commander";
import { parseResumeRecord } from "#protocol";
import { type ConnectionOptions, connected, withConnection } from "../connection.ts";
import { printJson, printLine } from "../output.ts";

export function sendCommand(): Command {
  const command = new Command("send")
    .description('resume a thread: {"ref": id, "value": v} or {"ref": id, "error": e}')
    .argument("<thread>", "the thread's id")
    .argument("<json>", "the resume record");
  return withConnection(command).action(async (threadId: string, json: string, options: ConnectionOptions) => {
    const record = parseResumeRecord(new TextEncoder().encode(json), {});
    if (record.kind === "malformed") throw new Error(`The record cannot be sent: ${record.message}`);
    const written = await connected(options, (client) => client.send(threadId, json));
    if (options.json) printJson(written);
    else printLine(`${written.topic}/${written.partition}/${written.offset}`);
  });
}
