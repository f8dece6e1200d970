/** The benchmarks by name, in the order in which they run. */
import { benchCodec } from "./codec/index.ts";
import { benchCompile } from "./compile/index.ts";
import { benchHostile } from "./hostile.ts";
import { benchKafka } from "./kafka.ts";
import { benchLanguage } from "./language.ts";
import { benchLatency } from "./latency.ts";
import { benchLong } from "./long.ts";
import { benchRestart } from "./restart.ts";
import { benchSaga } from "./saga/index.ts";
import { benchSteps } from "./steps.ts";
import type { Table } from "./table.ts";
import { benchTakeover } from "./takeover.ts";
import { benchTimers } from "./timers.ts";
import { benchWaiting } from "./waiting.ts";

/** Those that need a real Kafka give no table where none can run. */
export const BENCHMARKS: Readonly<Record<string, () => Promise<readonly Table[]>>> = {
  language: benchLanguage,
  compile: benchCompile,
  saga: benchSaga,
  codec: benchCodec,
  steps: benchSteps,
  kafka: benchKafka,
  latency: benchLatency,
  hostile: benchHostile,
  long: benchLong,
  restart: benchRestart,
  takeover: benchTakeover,
  timers: benchTimers,
  waiting: benchWaiting,
};
