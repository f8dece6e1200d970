/**
 * Runs a processor on a broker: membership, assignment, and what the outside sees of it.
 *
 * Membership is the group's, reading and state are ours: a partition that is kept over a rebalance only goes on, a lost
 * one stops behind its transaction, and all new ones are fenced together before the first of them restores (I1).
 */

import { randomBytes } from "node:crypto";
import { consumerGroupName } from "#protocol";
import type { Broker, GroupMembership } from "./broker.ts";
import { BrokerError } from "./broker.ts";
import { type Clock, systemClock } from "./clock.ts";
import { processLogger } from "./logger.ts";
import { observedBroker, observedDefinition } from "./observed.ts";
import type { PartitionEnvironment } from "./partition-environment.ts";
import { PartitionRunner } from "./partition-runner.ts";
import { PartitionHalt, type ProcessorDefinition } from "./processor.ts";
import { checkTimeBudget, DEFAULT_RUNNER_LIMITS, type RunnerLimits } from "./runner-limits.ts";
import {
  newMetrics,
  type PartitionState,
  type RunnerHealth,
  type RunnerLogger,
  type RunnerMetrics,
  type RunnerObserver,
} from "./runner-state.ts";
import { Signal } from "./signal.ts";

export interface RunnerOptions {
  readonly broker: Broker;
  readonly definition: ProcessorDefinition;
  /** Prefix of group and transactional ids; empty by default. */
  readonly installation?: string;
  /** For the local store and the member id; one runner's own. */
  readonly dataFolder: string;
  readonly clock?: Clock;
  /** Where seeds and the changelog's id come from; default: the system's. A simulation hands in its own. */
  readonly randomBytes?: (count: number) => Uint8Array;
  /** Default: warnings and errors to standard error. */
  readonly logger?: RunnerLogger;
  readonly limits?: Partial<RunnerLimits>;
  /** Told of each batch and commit, for metrics. */
  readonly observer?: RunnerObserver;
}

export interface Runner {
  /**
   * Resolves when the first assignment came and each of its partitions runs or has halted (`health` tells which).
   * @throws BrokerError when the runner cannot start: a topic is missing, input and changelog do not fit, or the cluster
   * refuses a login or a permission (`Refused`)
   */
  ready(): Promise<void>;
  health(): RunnerHealth;
  /** A copy of the counters as of now. */
  metrics(): RunnerMetrics;
  /** Finishes the transactions at hand, then leaves the group. */
  stop(): Promise<void>;
}

/**
 * @throws RangeError when the limits' times do not fit together
 * @example
 * const runner = startRunner({ broker, definition, installation: "", dataFolder: ".kawait/engine" });
 * await runner.ready();
 */
export function startRunner(options: RunnerOptions): Runner {
  const limits = { ...DEFAULT_RUNNER_LIMITS, ...options.limits };
  checkTimeBudget(options.definition, limits);
  return new ProcessorRunner(options, limits);
}

class ProcessorRunner implements Runner {
  readonly #options: RunnerOptions;
  readonly #limits: RunnerLimits;
  readonly #clock: Clock;
  readonly #logger: RunnerLogger;
  readonly #metrics = newMetrics();
  readonly #running = new Map<number, PartitionRunner>();
  /** Partitions that were lost and are still letting go: the same process may get them again. */
  readonly #leaving = new Map<number, Promise<void>>();
  readonly #assigned = new Signal();
  readonly #stopping = new Signal();
  readonly #refused = new Signal();
  readonly #started: Promise<void>;
  readonly #advisory = new Map<number, number>();
  #environment: PartitionEnvironment | undefined;
  #wanted: readonly number[] = [];
  #reconciling: Promise<void> | undefined;
  #failure: Error | undefined;
  /** Why the cluster does not let us work, if so. */
  #refusal: BrokerError | undefined;
  #isReady = false;
  /** Out of the group, and not yet in it again. */
  #isLost = false;
  #stopped: Promise<void> | undefined;
  #cancelAdvisory: () => void = () => {};

  constructor(options: RunnerOptions, limits: RunnerLimits) {
    this.#options = options;
    this.#limits = limits;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? processLogger;
    this.#started = this.#start();
    this.#started.catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  async ready(): Promise<void> {
    await this.#started;
    const ended = [this.#stopping.promise, this.#refused.promise];
    await Promise.race([this.#assigned.promise, ...ended]);
    await Promise.race([Promise.all([...this.#running.values()].map((each) => each.settled)), ...ended]);
    if (this.#refusal !== undefined && !this.#stopping.isSet) throw this.#refusal;
    this.#isReady = true;
  }

  health(): RunnerHealth {
    if (this.#stopping.isSet) return { kind: "stopped" };
    if (this.#failure !== undefined) return { kind: "failed", message: this.#failure.message };
    const partitions: Record<number, PartitionState> = {};
    for (const [partition, runner] of this.#running) partitions[partition] = runner.state;
    const states = Object.values(partitions);
    if (states.some((state) => state.kind === "halted")) return { kind: "halted", partitions };
    if (this.#isLost || states.some((state) => state.kind === "retrying")) return { kind: "degraded", partitions };
    if (!this.#isReady && states.some((state) => state.kind === "restoring")) return { kind: "starting" };
    return this.#assigned.isSet ? { kind: "running", partitions } : { kind: "starting" };
  }

  metrics(): RunnerMetrics {
    const { positions, ends, restoring } = this.#metrics;
    return { ...this.#metrics, positions: { ...positions }, ends: { ...ends }, restoring: { ...restoring } };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<void> {
    const { broker, definition, dataFolder, installation = "" } = this.#options;
    const partitions = await this.#checkTopics();
    const groupId = consumerGroupName(installation, definition.name);
    if (this.#stopping.isSet) return;
    const membership = await broker.joinGroup({
      groupId,
      topics: [definition.inputTopic],
      sessionTimeoutMs: this.#limits.sessionTimeoutMs,
      rebalanceTimeoutMs: this.#limits.rebalanceTimeoutMs,
      dataFolder,
      listener: {
        onAssignment: (assigned) => {
          this.#metrics.rebalances++;
          this.#isLost = false;
          this.#wanted = assigned;
          this.#reconcile();
        },
        // The next assignment, or a fence, tells what is lost; until then the producers' epochs keep us safe (I1).
        onLost: () => {
          this.#isLost = true;
          this.#logger.warn("out of the group; joining again", { groupId });
        },
        onRefused: (error) => this.#noteRefusal(error),
      },
    });
    const { observer } = this.#options;
    this.#environment = {
      broker: observedBroker(broker, this.#metrics, observer),
      definition: observedDefinition(definition, observer),
      installation,
      dataFolder,
      clock: this.#clock,
      randomBytes: this.#options.randomBytes ?? ((count) => new Uint8Array(randomBytes(count))),
      logger: this.#logger,
      limits: this.#limits,
      metrics: this.#metrics,
      partitions,
      membership,
      onRefused: (partition) => this.#forget(partition),
      onNotPermitted: (error) => this.#noteRefusal(error),
      onCommitted: (partition, next) => this.#noteCommitted(partition, next, membership),
    };
    this.#reconcile();
  }

  async #checkTopics(): Promise<number> {
    const { broker, definition } = this.#options;
    const { inputTopic, changelogTopic } = definition;
    const found = await broker.topics.describe([inputTopic, changelogTopic], { fresh: true });
    for (const name of [inputTopic, changelogTopic]) {
      if (!found.has(name))
        throw new BrokerError("UnknownTopic", `topic ${name} does not exist: create it`, { topic: name });
    }
    const input = found.get(inputTopic)!;
    const changelog = found.get(changelogTopic)!;
    if (changelog.cleanup !== "compact") {
      throw new BrokerError("UnknownTopic", `topic ${changelogTopic} has to have cleanup.policy=compact`, {
        topic: changelogTopic,
      });
    }
    if (changelog.partitions < input.partitions) {
      throw new BrokerError(
        "UnknownTopic",
        `topic ${changelogTopic} has ${changelog.partitions} partitions, ${inputTopic} has ${input.partitions}: they have to agree`,
        { topic: changelogTopic },
      );
    }
    return input.partitions;
  }

  /** Brings what runs in line with the last assignment; one at a time, the last one wins. */
  #reconcile(): void {
    if (this.#reconciling !== undefined || this.#environment === undefined || this.#metrics.rebalances === 0) return;
    const environment = this.#environment;
    const work = async (): Promise<void> => {
      let seen: readonly number[] | undefined;
      for (let failures = 0; seen !== this.#wanted && !this.#stopping.isSet; ) {
        const wanted = this.#wanted;
        try {
          await this.#apply(wanted, environment);
          seen = wanted;
          failures = 0;
        } catch (error) {
          // Nobody tells an assignment twice: what cannot be taken up now is tried again.
          this.#logger.warn("an assignment could not be taken up; trying again", { error: String(error) });
          const delayMs = Math.min(this.#limits.retryDelayMs * 2 ** failures++, this.#limits.retryDelayMsMax);
          await this.#stopping.within(this.#clock, delayMs);
        }
      }
    };
    this.#reconciling = work().finally(() => {
      this.#reconciling = undefined;
    });
  }

  async #apply(wanted: readonly number[], environment: PartitionEnvironment): Promise<void> {
    for (const [partition, runner] of this.#running) if (!wanted.includes(partition)) this.#release(partition, runner);
    const fresh = wanted.filter((partition) => !this.#running.has(partition));
    if (fresh.length > 0 && !(await this.#isMember(environment.membership))) return;
    await Promise.all(fresh.map((partition) => this.#leaving.get(partition)));
    const halt = fresh.length > 0 ? await this.#countChange(environment.partitions) : undefined;
    const runners = fresh.map((partition) => new PartitionRunner(partition, environment));
    if (halt !== undefined) for (const runner of [...this.#running.values(), ...runners]) runner.halt(halt);
    // All are fenced before any restores: a killed writer's open transaction holds up the readers of every partition it wrote to.
    if (halt === undefined) await Promise.all(runners.map((runner) => runner.fence()));
    for (const runner of runners) {
      this.#running.set(runner.partition, runner);
      runner.start();
    }
    this.#assigned.set();
  }

  /** Keys would be looked for in the wrong partitions, by those that run too. */
  async #countChange(partitions: number): Promise<PartitionHalt | undefined> {
    const name = this.#options.definition.inputTopic;
    const now = (await this.#options.broker.topics.describe([name], { fresh: true })).get(name)?.partitions;
    if (now === undefined || now === partitions) return undefined;
    return new PartitionHalt(
      "PartitionCountChanged",
      `${name} has ${now} partitions, it had ${partitions} when this process began: bring back the topic with its old count`,
    );
  }

  /** At the start it is the caller's to hear; later, an operator may mend it while the tries go on. */
  #noteRefusal(error: BrokerError): void {
    this.#logger.error(`refused by the cluster: ${error.message}`, { processor: this.#options.definition.name });
    if (this.#isReady) return;
    this.#refusal = error;
    this.#refused.set();
  }

  /** A refusal means that another assignment is on its way; a coordinator out of reach is asked again. */
  async #isMember(membership: GroupMembership): Promise<boolean> {
    for (let attempt = 0; !this.#stopping.isSet; attempt++) {
      try {
        return await membership.heartbeat();
      } catch (error) {
        this.#logger.warn("heartbeat failed", { error: String(error) });
        const delayMs = Math.min(this.#limits.retryDelayMs * 2 ** attempt, this.#limits.retryDelayMsMax);
        await this.#stopping.within(this.#clock, delayMs);
      }
    }
    return false;
  }

  #release(partition: number, runner: PartitionRunner): void {
    this.#running.delete(partition);
    this.#advisory.delete(partition);
    const leaving = runner.stop().finally(() => {
      if (this.#leaving.get(partition) === leaving) this.#leaving.delete(partition);
    });
    this.#leaving.set(partition, leaving);
  }

  /** A successor waits until this one has let go: what is in the map is the one that was refused. */
  #forget(partition: number): void {
    this.#running.delete(partition);
    this.#advisory.delete(partition);
    if (!this.#wanted.includes(partition)) return;
    // Perhaps the refusal was of a generation that is past, and this assignment is a newer one: asked once more, the
    // coordinator tells. Else another assignment is on its way.
    this.#wanted = [...this.#wanted];
    this.#reconcile();
  }

  #noteCommitted(partition: number, next: number, membership: GroupMembership): void {
    if (this.#advisory.size === 0) {
      this.#cancelAdvisory = this.#clock.setTimer(this.#limits.advisoryIntervalMs, () => {
        this.#writeAdvisory(membership).catch(() => {});
      });
    }
    this.#advisory.set(partition, next);
  }

  /** For tools only: a failure is no failure of ours. */
  async #writeAdvisory(membership: GroupMembership): Promise<void> {
    const offsets = new Map(this.#advisory);
    this.#advisory.clear();
    if (offsets.size === 0) return;
    try {
      await membership.commitAdvisory(offsets);
    } catch (error) {
      this.#logger.warn("the group's position could not be written", { error: String(error) });
    }
  }

  async #stop(): Promise<void> {
    this.#stopping.set();
    await this.#started.catch(() => {});
    await this.#reconciling;
    await Promise.all([...[...this.#running.values()].map((runner) => runner.stop()), ...this.#leaving.values()]);
    this.#cancelAdvisory();
    const membership = this.#environment?.membership;
    if (membership === undefined) return;
    await this.#writeAdvisory(membership);
    await membership.leave();
  }
}
