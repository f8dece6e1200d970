/** One seed: a world is made, goes through its faults, calms down, ends, and is checked. */
import { engineTopicSpecs, topicNames } from "#protocol";
import { DEFAULT_RUNNER_LIMITS } from "#stream";
import {
  type Defects,
  FakeBroker,
  FakeCluster,
  FakeDisk,
  NO_NETWORK_FAULTS,
  SimulatedProcess,
  SimulatedTime,
  settled,
} from "../../stream/fake/index.ts";
import { Checks } from "./checks.ts";
import { Clients } from "./clients.ts";
import { EngineProcess } from "./engine-process.ts";
import { LEDGER } from "./plan.ts";
import { deployPlan } from "./plan-program.ts";
import { type Fault, type Scenario, scenarioOf } from "./scenario.ts";

const TOPICS = topicNames("");
const DAY_MS = 86_400_000;
/** Once nothing goes wrong any more, everything must have ended after this long (and the timers that are set). */
const LIVENESS_MS = 400_000 + 2 * DAY_MS * 6;
const LOOK_MS = 250;
const IDLE_MS = 5_000;
const IDLE_EVENTS_MAX = 400;
const STOP_MS = 60_000;
/** Until a member that was cut off has heard that its group went on without it, and has joined again. */
const REJOIN_MS = DEFAULT_RUNNER_LIMITS.sessionTimeoutMs + DEFAULT_RUNNER_LIMITS.rebalanceTimeoutMs;
const STRANGER_TIMEOUT_MS = 5_000;
const STRANGER_BATCHES = 3;
const STRANGER_PAUSE_MS = 40;
const TOMBSTONES_MS = DAY_MS;

export interface Outcome {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly events: number;
  readonly history: readonly string[];
}

export interface RunOptions {
  readonly seed: number;
  readonly defects?: Partial<Defects>;
  /** Keep a readable history. */
  readonly history?: boolean;
}

export async function simulate(options: RunOptions): Promise<Outcome> {
  const world = new World(options);
  return await world.run();
}

class World {
  readonly #seed: number;
  readonly #time: SimulatedTime;
  readonly #cluster: FakeCluster;
  readonly #scenario: Scenario;
  readonly #clients: Clients;
  readonly #processes: EngineProcess[];
  readonly #defects: Partial<Defects>;
  readonly #problems: string[] = [];
  readonly #history: string[] = [];
  readonly #calmMs: number;
  /** When the last process that was stopped, paused or cut off is back. */
  readonly #faultsOverMs: number;
  /** Partitions whose loss can be known: something of them was committed. */
  readonly #deleted = new Set<number>();
  #isOver = false;

  constructor(options: RunOptions) {
    this.#seed = options.seed;
    this.#defects = options.defects ?? {};
    const time = new SimulatedTime(options.seed);
    this.#time = time;
    this.#scenario = scenarioOf(time.random);
    const startMs = time.nowMs;
    this.#calmMs = startMs + this.#scenario.calmMs;
    const lastMs = Math.max(0, ...this.#scenario.faults.map(({ atMs, forMs }) => atMs + forMs));
    this.#faultsOverMs = Math.max(this.#calmMs, startMs + lastMs);
    if (options.history)
      time.note = (text) => this.#history.push(`${(time.nowMs - startMs).toFixed(2).padStart(12)}  ${text}`);
    this.#cluster = new FakeCluster(time, this.#scenario.latencyMs, this.#defects.sequencesForgotten);
    this.#cluster.fetchBatchesMax = this.#scenario.fetchBatchesMax;
    this.#createTopics();
    this.#clients = new Clients(this.#cluster, this.#scenario, this.#defects);
    this.#processes = Array.from({ length: this.#scenario.processes }, (_, index) => {
      const disk = new FakeDisk();
      if (this.#scenario.slowDisk) disk.speed = { writeMs: 1, slowChance: 0.05, slowMs: 3_000 };
      return new EngineProcess({
        cluster: this.#cluster,
        disk,
        defects: this.#defects,
        name: `engine${index}`,
        onWrong: (what) => this.#problems.push(what),
      });
    });
  }

  async run(): Promise<Outcome> {
    try {
      await this.#live();
    } catch (error) {
      this.#problems.push(String(error));
    }
    const { events } = this.#time;
    return { seed: this.#seed, problems: this.#problems, events, history: this.#history };
  }

  async #live(): Promise<void> {
    const { calmMs, faults, network, processes } = this.#scenario;
    this.#time.note?.(`scenario ${JSON.stringify(this.#scenario)}`);
    this.#cluster.network.faults = network;
    for (const [index, each] of this.#processes.entries())
      this.#time.after(index < processes - 1 ? 0 : this.#time.random.next() * 200, () => each.start());
    this.#clients.start();
    for (let stranger = 0; stranger < this.#scenario.strangers; stranger++)
      this.#abortNowAndThen(`stranger${stranger}`);
    for (const fault of faults) this.#time.after(fault.atMs, () => this.#begin(fault));
    if (this.#scenario.sabotage === "inputDeleted") this.#time.after(calmMs * 0.9, () => this.#deleteInput());
    this.#time.after(calmMs, () => {
      this.#cluster.network.faults = NO_NETWORK_FAULTS;
      this.#time.note?.("nothing goes wrong any more");
    });
    const endMs = this.#time.nowMs + calmMs + LIVENESS_MS;
    if (this.#scenario.sabotage !== "none") {
      await this.#until(() => this.#lossIsTold(), endMs, "a loss of input was not told");
      return;
    }
    await this.#until(() => this.#isDone(), endMs, "stuck");
    if (this.#problems.length > 0) return;
    await this.#checkIdle();
    await this.#until(() => this.#areAllRunning(), this.#time.nowMs + REJOIN_MS, "not running when all is calm");
    this.#checkRunners();
    if (this.#time.random.chance(0.5)) this.#compact(0.5);
    await this.#checkReaders();
    // A timer of a thread that has ended may have fired in between: what comes from here on nobody has to process.
    await this.#until(() => this.#isDone(), endMs, "stuck behind the checks");
    if (this.#problems.length > 0) return;
    const ends = this.#ends();
    await this.#stopAll();
    const checks = new Checks(this.#cluster, this.#scenario.partitions, ends);
    checks.run();
    this.#problems.push(...checks.problems);
    this.#checkCopies(checks);
  }

  /** Behind the last committed record of each input partition, now. */
  #ends(): Map<string, number> {
    const ends = new Map<string, number>();
    for (const topic of [TOPICS.resume, TOPICS.scheduler])
      for (let partition = 0; partition < this.#scenario.partitions; partition++) {
        const last = this.#cluster.log(topic, partition).truth().at(-1);
        if (last !== undefined) ends.set(`${topic}/${partition}`, last.offset + 1);
      }
    return ends;
  }

  #createTopics(): void {
    const { partitions, maxMessageBytes } = this.#scenario;
    for (const spec of engineTopicSpecs({ partitions, maxMessageBytes: 1_000_000 })) {
      const isChangelog = spec.name.endsWith("changelog");
      this.#cluster.create({ ...spec, maxMessageBytes: isChangelog ? maxMessageBytes : spec.maxMessageBytes });
    }
    for (const name of [LEDGER, "forbidden"])
      this.#cluster.create({
        name,
        partitions,
        replication: 1,
        cleanup: "delete",
        retentionMs: -1,
        maxMessageBytes: 1_000_000,
      });
    this.#cluster.topics.get("forbidden")!.isForbidden = true;
    deployPlan(this.#cluster);
  }

  #begin(fault: Fault): undefined {
    const target = this.#processes[fault.target]!;
    const { random } = this.#time;
    const shells = random.pick([0.2, 0.5, 0.8]);
    const later = (then: () => void): undefined => {
      this.#time.after(fault.forMs, then);
    };
    const restartLater = (): undefined => {
      target.kill();
      later(() => {
        if (!target.isUp && !this.#isOver) target.start();
      });
    };
    this.#time.note?.(`FAULT ${fault.kind} ${target.name} for ${Math.round(fault.forMs)} ms`);
    switch (fault.kind) {
      case "kill":
        return restartLater();
      case "powerFailure":
        restartLater();
        for (const folder of target.disk.folders.values()) folder.rollBack(random.below(5));
        return;
      case "badDisk":
        restartLater();
        for (const folder of target.disk.folders.values()) {
          if (random.chance(0.4)) folder.corrupt(random.below(1_000));
          else if (random.chance(0.5)) folder.damage = "its first page is garbage";
          else folder.inDoubt = true;
        }
        return;
      case "noDisk":
        restartLater();
        target.disk.folders.clear();
        target.disk.notes.clear();
        return;
      case "pause": {
        const { process } = target;
        target.pause();
        return later(() => {
          if (target.process === process && !process.isDead) target.continue();
        });
      }
      case "cutOff": {
        const { process } = target;
        target.cutOff(true);
        return later(() => {
          if (target.process === process && !process.isDead) target.cutOff(false);
        });
      }
      case "brokers":
        this.#cluster.network.goDown();
        return later(() => this.#cluster.network.comeBack());
      case "jump":
        target.process.skewMs += random.between(-1, 1) * random.pick([50, 5_000, 3_600_000]);
        return;
      case "compact":
        this.#compact(shells);
        return;
      case "leave":
        if (target.isUp && !target.isStopping)
          void target.stop().then(() => later(() => target.isUp || target.start()));
    }
  }

  #compact(shells: number): void {
    for (const { logs } of this.#cluster.topics.values())
      for (const log of logs)
        if (log.isCompacted) log.compact(this.#time.nowMs, TOMBSTONES_MS, () => this.#time.random.chance(shells));
  }

  /** Transactions of somebody else in the ledger: begun, written in several batches, aborted. */
  #abortNowAndThen(transactionalId: string): void {
    const { time, transactions } = this.#cluster;
    const { random } = time;
    const { partitions, calmMs } = this.#scenario;
    const log = this.#cluster.log(LEDGER, calmMs % partitions);
    const process = new SimulatedProcess(time, transactionalId);
    const begin = (): void => {
      if (time.nowMs >= this.#calmMs || transactions.isBusyWith(transactionalId)) return;
      const identity = transactions.init(transactionalId, STRANGER_TIMEOUT_MS);
      transactions.addPartitions(transactionalId, identity, [log], process);
      const transaction = transactions.transactionOf(transactionalId, identity, log);
      let sequence = 0;
      const write = (): void => {
        if (transaction.outcome !== "open") return;
        if (sequence === STRANGER_BATCHES) transactions.end(transactionalId, identity, false);
        else {
          // The key that a stock client takes for an abort marker.
          const key = sequence === 1 ? new Uint8Array(4) : Buffer.from("t0");
          const records = [{ key, value: Buffer.from('{"n":0}') }];
          log.append({ ...identity, sequence: sequence++, transaction, records }, time.nowMs);
          time.after(random.next() * STRANGER_PAUSE_MS, write);
        }
      };
      write();
    };
    for (let count = 0; count < 3; count++) time.after(count * 300 + random.next() * STRANGER_PAUSE_MS, begin);
  }

  /** Somebody deletes input that nobody has read: the one thing that must never pass in silence. */
  #deleteInput(): void {
    this.#time.note?.("SABOTAGE: the input is deleted");
    const { partitions } = this.#scenario;
    for (let partition = 0; partition < partitions; partition++) {
      if (this.#cluster.log(TOPICS.changelog, partition).truth().length > 0) this.#deleted.add(partition);
      this.#cluster.log(TOPICS.resume, partition).loseUnread(3);
    }
  }

  #lossIsTold(): boolean {
    if (this.#time.nowMs < this.#faultsOverMs) return false;
    const told = new Set<number>();
    for (const { engine, process } of this.#processes) {
      const health = process.isDead ? undefined : engine?.health();
      if (health === undefined || !("partitions" in health)) continue;
      for (const [partition, state] of Object.entries(health.partitions))
        if (state.kind === "halted" && state.code === "InputLost") told.add(Number(partition));
    }
    return [...this.#deleted].every((partition) => told.has(partition));
  }

  #isDone(): boolean {
    if (!this.#clients.isDone || this.#time.nowMs < this.#faultsOverMs) return false;
    if (this.#processes.some(({ isUp }) => !isUp) || this.#cluster.transactions.isBusy()) return false;
    if (!this.#areAllRunning()) return false;
    if (this.#scenario.threads.some(({ threadId }) => !this.#clients.ended.has(threadId))) return false;
    return (
      this.#isDrained(TOPICS.resume, "engine") &&
      this.#isDrained(TOPICS.scheduler, "scheduler") &&
      this.#childrenEnded()
    );
  }

  #areAllRunning(): boolean {
    return this.#processes.every(
      ({ runners }) => runners.length === 2 && runners.every((runner) => runner.health().kind === "running"),
    );
  }

  #childrenEnded(): boolean {
    for (let partition = 0; partition < this.#scenario.partitions; partition++)
      for (const { key } of this.#cluster.log(TOPICS.status, partition).truth())
        if (!this.#clients.ended.has(Buffer.from(key!).toString())) return false;
    return true;
  }

  #isDrained(topic: string, which: "engine" | "scheduler"): boolean {
    const positions = new Map<number, number>();
    for (const each of this.#processes)
      for (const [partition, position] of Object.entries(each[which]?.metrics().positions ?? {}))
        positions.set(Number(partition), Math.max(position, positions.get(Number(partition)) ?? 0));
    for (let partition = 0; partition < this.#scenario.partitions; partition++) {
      const log = this.#cluster.log(topic, partition);
      const last = log.truth().at(-1)?.offset ?? -1;
      if ((positions.get(partition) ?? 0) <= last) return false;
    }
    return true;
  }

  async #until(isDone: () => boolean, endMs: number, otherwise: string): Promise<void> {
    await settled();
    let lookMs = this.#time.nowMs;
    while (this.#problems.length === 0) {
      const next = this.#time.nextMs ?? Number.POSITIVE_INFINITY;
      if (this.#time.nowMs >= lookMs || next >= lookMs) {
        if (isDone()) return;
        lookMs = Math.max(this.#time.nowMs + LOOK_MS, Math.min(next, endMs));
      }
      if (next > endMs || !this.#time.runOne()) break;
      await settled();
    }
    if (this.#problems.length === 0 && !isDone()) this.#problems.push(`${otherwise}: ${this.#situation()}`);
  }

  /** Runs on for so long. */
  async #pass(ms: number): Promise<void> {
    const endMs = this.#time.nowMs + ms;
    for (let next = this.#time.nextMs; next !== undefined && next <= endMs; next = this.#time.nextMs) {
      if (!this.#time.runOne()) return;
      await settled();
    }
  }

  #situation(): string {
    const ended = [...this.#clients.ended].join(", ");
    const health = this.#processes.map((each) => {
      const told = each.runners.map((runner) => JSON.stringify(runner.health()));
      return `${each.process.name}${each.process.isDead ? " (dead)" : ""} ${told.join(" ")}`;
    });
    const hours = (this.#time.nowMs - this.#calmMs) / 3_600_000;
    return `${hours.toFixed(2)} hours after the last fault; ended: ${ended || "none"} of ${this.#scenario.threads.length}; clients done: ${this.#clients.isDone}; ${health.join("; ")}`;
  }

  async #checkIdle(): Promise<void> {
    const before = this.#time.events;
    await this.#pass(IDLE_MS);
    const events = this.#time.events - before;
    if (events > IDLE_EVENTS_MAX) this.#problems.push(`an idle installation has ${events} events in ${IDLE_MS} ms`);
  }

  #checkRunners(): void {
    const metrics = this.#processes.flatMap((each) => [
      ...each.earlier,
      ...each.runners.map((runner) => runner.metrics()),
    ]);
    const below = metrics.reduce((sum, each) => sum + each.droppedBelowPosition, 0);
    if (below > 0) this.#problems.push(`${below} records were delivered again, below the position`);
    const { faults, network, slowDisk, threads } = this.#scenario;
    const isQuiet = faults.length === 0 && this.#processes.length === 1 && network === NO_NETWORK_FAULTS && !slowDisk;
    const mayRefuse = JSON.stringify(threads).includes('"stray"');
    const failures = metrics.reduce((sum, each) => sum + each.commitFailures + each.restarts, 0);
    if (isQuiet && !mayRefuse && failures > 0) this.#problems.push(`${failures} failures where nothing went wrong`);
  }

  /** What a reader through the adapter gets, against what the model knows. */
  async #checkReaders(): Promise<void> {
    const process = new SimulatedProcess(this.#time, "checker");
    const broker = new FakeBroker({ cluster: this.#cluster, process, disk: new FakeDisk(), defects: this.#defects });
    let isDone = false;
    const read = async (): Promise<void> => {
      for (const topic of [LEDGER, TOPICS.changelog])
        for (let partition = 0; partition < this.#scenario.partitions; partition++) {
          const log = this.#cluster.log(topic, partition);
          const { start, end } = await broker.topics.bounds(topic, partition);
          const reader = await broker.openReader({ topic, partition, fromOffset: start });
          const found: number[] = [];
          for (let position = start; position < end; ) {
            const batch = await reader.poll(1_000);
            // Something may come behind the end while it is read.
            found.push(...batch.records.map(({ offset }) => offset).filter((offset) => offset < end));
            position = batch.nextOffset;
          }
          await reader.close();
          const wanted = log
            .truth(end)
            .map(({ offset }) => offset)
            .filter((offset) => offset >= start);
          if (found.join() !== wanted.join())
            this.#problems.push(`a reader of ${topic}/${partition} gets ${found}; committed are ${wanted}`);
        }
      isDone = true;
    };
    read().catch((error: unknown) => this.#problems.push(String(error)));
    await this.#until(() => isDone, this.#time.nowMs + STOP_MS, "a reader never comes to the end");
    process.kill();
  }

  async #stopAll(): Promise<void> {
    this.#isOver = true;
    let left = this.#processes.length;
    for (const each of this.#processes)
      void each.stop().then(() => {
        left--;
      });
    await this.#until(() => left === 0, this.#time.nowMs + STOP_MS, "a process does not stop");
    await this.#pass(1_000);
  }

  /** A local copy that says how far it stands holds exactly what was committed up to there. */
  #checkCopies(checks: Checks): void {
    for (const each of this.#processes)
      for (const [name, folder] of each.disk.folders) {
        const cut = name.lastIndexOf("-");
        const topic = name.slice(0, cut);
        const partition = Number(name.slice(cut + 1));
        const last = this.#cluster.log(topic, partition).truth().at(-1)?.offset ?? -1;
        if (folder.isCorrupt || (folder.checkpoint?.position ?? 0) <= last) continue;
        const wanted = checks.rows(topic, partition);
        const wrong = [...new Set([...wanted.keys(), ...folder.rows.keys()])].filter((key) => {
          const have = folder.rows.get(key)?.value;
          const want = wanted.get(key);
          return have === undefined || want === undefined || Buffer.compare(have, want) !== 0;
        });
        if (wrong.length > 0)
          this.#problems.push(`the copy ${name} of ${each.name} is wrong at ${JSON.stringify(wrong)}`);
      }
  }
}
