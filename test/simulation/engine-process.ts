/** One process of the simulated installation: the real engine and scheduler on the model, started as a supervisor would. */
import { engineDefinition, newCounters, ProgramRegistry } from "#engine";
import { DEFAULT_LIMITS, topicNames } from "#protocol";
import { schedulerDefinition } from "#scheduler";
import { DEFAULT_RUNNER_LIMITS, type Runner, type RunnerLogger, type RunnerMetrics, startRunner } from "#stream";
import {
  type Defects,
  FakeBroker,
  type FakeCluster,
  type FakeDisk,
  Random,
  SimulatedProcess,
} from "../../stream/fake/index.ts";
import { planPool } from "./plan-pool.ts";

const TOPICS = topicNames("");
/** An idle read asks seldom, so that idle days cost little. */
const POLL_WAIT_MS = 3_600_000;
const SUPERVISOR_DELAY_MS = 200;
const LIMITS = { ...DEFAULT_LIMITS, historySnapshotSteps: 5, terminalRetentionMs: 30 * 86_400_000 };

export interface ProcessOptions {
  readonly cluster: FakeCluster;
  readonly disk: FakeDisk;
  readonly defects: Partial<Defects>;
  readonly name: string;
  readonly onWrong: (what: string) => void;
}

export class EngineProcess {
  readonly disk: FakeDisk;
  readonly name: string;
  process: SimulatedProcess;
  engine: Runner | undefined;
  scheduler: Runner | undefined;
  /** Of those that ended. */
  readonly earlier: RunnerMetrics[] = [];
  readonly #options: ProcessOptions;
  #starts = 0;
  #broker: FakeBroker | undefined;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.disk = options.disk;
    this.name = options.name;
    this.process = new SimulatedProcess(options.cluster.time, options.name);
  }

  /** From its start to its end. */
  isUp = false;
  isStopping = false;

  get runners(): readonly Runner[] {
    return [this.engine, this.scheduler].filter((each) => each !== undefined);
  }

  start(): void {
    if (this.isUp) return;
    const { cluster, defects, onWrong } = this.#options;
    const { time } = cluster;
    const process = new SimulatedProcess(time, `${this.name}#${++this.#starts}`);
    process.skewMs = this.process.skewMs;
    process.latestMs = this.process.latestMs;
    this.process = process;
    this.isUp = true;
    this.isStopping = false;
    const random = new Random(time.random.below(2 ** 32));
    const logger = this.#logger(process);
    const broker = new FakeBroker({
      cluster,
      process,
      disk: this.disk,
      defects,
      warn: (message) => time.note?.(`${process.name}: ${message}`),
    });
    this.#broker = broker;
    const common = { broker, clock: process.clock, randomBytes: (count: number) => random.bytes(count), logger };
    const limits = { pollWaitMs: POLL_WAIT_MS, batchRecords: random.pick([3, 20, DEFAULT_RUNNER_LIMITS.batchRecords]) };
    const pool = planPool(process, random, onWrong);
    const begin = async (): Promise<void> => {
      const programs = await ProgramRegistry.open(broker, TOPICS.programs, process.clock);
      const parts = { installation: "", pool, programs, limits: LIMITS, counters: newCounters(), history: true };
      this.engine = startRunner({
        ...common,
        definition: engineDefinition({ ...parts, runtimeVersion: "plan" }),
        dataFolder: "engine",
        limits,
      });
      this.scheduler = startRunner({
        ...common,
        definition: schedulerDefinition(""),
        dataFolder: "scheduler",
        limits,
      });
      await Promise.all([this.engine.ready(), this.scheduler.ready()]);
    };
    begin().catch((error: unknown) => {
      // A process that cannot start ends, and its supervisor starts it again.
      time.note?.(`${process.name} cannot start: ${String(error)}`);
      if (process.isDead) return;
      this.kill();
      time.after(SUPERVISOR_DELAY_MS, () => {
        if (this.process === process) this.start();
      });
    });
  }

  kill(): void {
    this.isUp = false;
    this.process.kill();
    for (const runner of this.runners) this.earlier.push(runner.metrics());
    this.engine = undefined;
    this.scheduler = undefined;
    this.#options.cluster.groups.noteChange(this.process);
  }

  pause(): void {
    this.process.isPaused = true;
    this.#options.cluster.groups.noteChange(this.process);
  }

  continue(): void {
    this.process.continue();
    this.#options.cluster.groups.noteChange(this.process);
  }

  cutOff(isCutOff: boolean): void {
    this.process.isCutOff = isCutOff;
    this.#options.cluster.groups.noteChange(this.process);
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    const { process } = this;
    this.isStopping = true;
    await Promise.all(this.runners.map((runner) => runner.stop()));
    await this.#broker?.close();
    if (this.process === process && !process.isDead) this.kill();
  }

  #logger(process: SimulatedProcess): RunnerLogger {
    const { time } = this.#options.cluster;
    const say = (message: string, fields?: Readonly<Record<string, unknown>>): void =>
      time.note?.(`${process.name}: ${message} ${JSON.stringify(fields ?? {})}`);
    return { info: () => {}, warn: say, error: say };
  }
}
