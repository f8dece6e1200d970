/** The one program that is deployed in a simulated installation. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { ABI_VERSION, type Program, type ProgramTables, programHashInput, programRecords, topicNames } from "#protocol";
import type { FakeCluster } from "../../stream/fake/index.ts";

const tables: ProgramTables = {
  functions: [],
  classes: [],
  scopes: [],
  globals: [],
  modules: [],
  entry: 0,
  strings: [],
  shapes: [],
};
const PROGRAM: Program = {
  name: "plan",
  abi: ABI_VERSION,
  hash: createHash("sha256")
    .update(programHashInput(ABI_VERSION, "", tables))
    .digest("hex"),
  code: "",
  tables,
  debug: { sources: [], sourcesContent: [], functions: [], spans: [], map: "" },
};
const RECORDS = programRecords(PROGRAM.name, PROGRAM.hash, gzipSync(JSON.stringify(PROGRAM)), true);

export function deployPlan(cluster: FakeCluster): void {
  const log = cluster.log(topicNames("").programs, 0);
  const records = RECORDS.map(({ key, value }) => ({ key: Buffer.from(key), value }));
  const identity = cluster.transactions.initPlain();
  log.append({ ...identity, sequence: 0, transaction: undefined, records }, cluster.time.nowMs);
}
