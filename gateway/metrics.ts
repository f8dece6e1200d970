/**
 * What an engine tells Prometheus. Counters of the parts are read when they are asked for; what has a distribution is
 * observed as it happens. Names follow Prometheus' conventions: base units, `_total` for what only grows.
 */
import { readFileSync } from "node:fs";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Engine, StepObserver } from "#engine";
import type { TimerObserver } from "#scheduler";
import type { KafkaBroker, PartitionState, Runner, RunnerObserver } from "#stream";

const MS_PER_SECOND = 1000;
const CLOCK_TICKS_PER_SECOND = 100;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LATENESS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 60, 600, 3600];
const RECORDS = [1, 2, 5, 10, 25, 50, 100, 200, 350, 500];
const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];
const STATES: readonly PartitionState["kind"][] = ["restoring", "running", "retrying", "halted", "stopped"];

export class EngineMetrics {
  readonly registry = new Registry();
  readonly #runners = new Map<string, Runner>();
  readonly #batchRecords = this.#histogram("kawait_batch_records", "Input records of one transaction", RECORDS);
  readonly #commitSeconds = this.#histogram("kawait_commit_duration_seconds", "Time of one commit", SECONDS);
  readonly #waveSeconds = new Histogram({
    name: "kawait_step_wave_duration_seconds",
    help: "Time from handing steps to the sandboxes until all of them are back",
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #stateBytes = new Histogram({
    name: "kawait_state_bytes",
    help: "Size of a thread's saved heap after a step",
    buckets: BYTES,
    registers: [this.registry],
  });
  readonly #lateness = new Histogram({
    name: "kawait_timer_lateness_seconds",
    help: "How long after its due time a timer fired",
    buckets: LATENESS,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Of a runner, by the name of its processor. */
  observerOf(processor: string): RunnerObserver {
    return {
      batch: (records) => this.#batchRecords.observe({ processor }, records),
      commit: (elapsedMs) => this.#commitSeconds.observe({ processor }, elapsedMs / MS_PER_SECOND),
    };
  }

  readonly steps: StepObserver = {
    wave: (_steps, elapsedMs) => this.#waveSeconds.observe(elapsedMs / MS_PER_SECOND),
    state: (bytes) => this.#stateBytes.observe(bytes),
  };

  readonly timers: TimerObserver = {
    fired: (latenessMs) => this.#lateness.observe(latenessMs / MS_PER_SECOND),
  };

  addRunner(processor: string, runner: Runner): void {
    if (this.#runners.size === 0) this.#registerRunners();
    this.#runners.set(processor, runner);
  }

  addEngine(engine: Engine): void {
    const { counters } = engine;
    this.#counter("kawait_steps_total", "Steps of threads, committed or run again", () => counters.steps);
    this.#counter("kawait_thread_faults_total", "Threads that the engine stopped", () => counters.faults);
    this.#counter("kawait_dead_letters_total", "Records in the dead-letter topic", () => counters.deadLetters);
    this.#labelled("kawait_duplicates_total", "Records dropped because they were served before", "kind", () => ({
      resume: counters.duplicateResume,
      ended: counters.resumeOfEnded,
      command: counters.commandWithoutEffect,
    }));
    const restarts = (): number => engine.pool.health().reduce((sum, each) => sum + each.restarts, 0);
    this.#counter("kawait_sandbox_restarts_total", "Sandbox processes that were started again", restarts);
    const cpu = new ProcessTimes();
    this.#counter(
      "kawait_sandbox_cpu_seconds_total",
      "CPU time of the sandboxes: that of the steps and their restores",
      () => cpu.total(engine.pool.processes().map(({ pid }) => pid)),
    );
  }

  addBroker(broker: KafkaBroker): void {
    this.#counter(
      "kawait_quota_wait_seconds_total",
      "Time for which the brokers' quotas held requests back, summed over connections",
      () => broker.quotaWaitMs / MS_PER_SECOND,
    );
  }

  #registerRunners(): void {
    const byRunner = (read: (metrics: ReturnType<Runner["metrics"]>) => number) => (): Record<string, number> =>
      Object.fromEntries([...this.#runners].map(([name, runner]) => [name, read(runner.metrics())]));
    const counter = (name: string, help: string, read: Parameters<typeof byRunner>[0]): void =>
      this.#labelled(name, help, "processor", byRunner(read));
    counter("kawait_records_total", "Input records that were processed", ({ records }) => records);
    counter("kawait_batches_total", "Batches and ticks that were committed", ({ transactions }) => transactions);
    counter("kawait_outputs_total", "Records that were written for processed ones", ({ outputs }) => outputs);
    counter("kawait_changelog_records_total", "Records of state", ({ changelogRecords }) => changelogRecords);
    counter(
      "kawait_redelivered_records_total",
      "Records dropped below the position",
      (all) => all.droppedBelowPosition,
    );
    counter("kawait_forwarded_records_total", "Records found in the wrong partition", ({ forwarded }) => forwarded);
    counter(
      "kawait_rejected_records_total",
      "Records whose outputs Kafka refuses for good",
      ({ rejected }) => rejected,
    );
    counter("kawait_partition_restarts_total", "Times that a partition started over", ({ restarts }) => restarts);
    counter("kawait_rebalances_total", "Assignments by the group", ({ rebalances }) => rebalances);
    const runners = this.#runners;
    const registers = [this.registry];
    new Counter({
      name: "kawait_transactions_total",
      help: "Transactions by their end; of one in doubt only the changelog tells how it ended",
      labelNames: ["processor", "outcome"],
      registers,
      collect() {
        this.reset();
        for (const [processor, runner] of runners) {
          const { transactions, commitFailures, inDoubt } = runner.metrics();
          this.inc({ processor, outcome: "committed" }, transactions);
          this.inc({ processor, outcome: "refused" }, commitFailures - inDoubt);
          this.inc({ processor, outcome: "in_doubt" }, inDoubt);
        }
      },
    });
    new Gauge({
      name: "kawait_lag_records",
      help: "Offsets between the position and the end of the input",
      labelNames: ["processor", "partition"],
      registers,
      collect() {
        this.reset();
        for (const [processor, runner] of runners) {
          const { positions, ends } = runner.metrics();
          for (const [partition, position] of Object.entries(positions)) {
            this.set({ processor, partition }, Math.max(0, (ends[Number(partition)] ?? position) - position));
          }
        }
      },
    });
    new Gauge({
      name: "kawait_partition_state",
      help: "1 for the state that a partition of this process is in",
      labelNames: ["processor", "partition", "state"],
      registers,
      collect() {
        this.reset();
        for (const [processor, runner] of runners) {
          const health = runner.health();
          if (!("partitions" in health)) continue;
          for (const [partition, { kind }] of Object.entries(health.partitions)) {
            for (const state of STATES) this.set({ processor, partition, state }, state === kind ? 1 : 0);
          }
        }
      },
    });
    new Gauge({
      name: "kawait_restore_progress_ratio",
      help: "How much of a partition's changelog has been read, while it is restored",
      labelNames: ["processor", "partition"],
      registers,
      collect() {
        this.reset();
        for (const [processor, runner] of runners) {
          for (const [partition, { done, total }] of Object.entries(runner.metrics().restoring)) {
            this.set({ processor, partition }, total === 0 ? 1 : done / total);
          }
        }
      },
    });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram<"processor"> {
    return new Histogram({ name, help, buckets, labelNames: ["processor"], registers: [this.registry] });
  }

  #counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #labelled(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }
}

/** CPU time of processes that come and go, summed; where the system does not tell, nothing is added. */
class ProcessTimes {
  readonly #seen = new Map<number, number>();

  /** In seconds. */
  total(pids: readonly number[]): number {
    for (const pid of pids) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        this.#seen.set(pid, (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND);
      } catch {
        // Gone since; what was seen of it last stays in the sum.
      }
    }
    return [...this.#seen.values()].reduce((sum, seconds) => sum + seconds, 0);
  }
}
