/**
 * Drives threads of `ledger.ts` through a client that may lose its other side at any moment, and checks every effect:
 * each round of each thread stands in the topic once, each result once, none is missing.
 */
import assert from "node:assert/strict";
import type { KawaitClient } from "#gateway";
import { topicNames } from "#protocol";

interface Line {
  readonly round: number;
  readonly ref: string;
  readonly timed: boolean;
}

/** Without any news for this long, something is stuck; unless the caller says otherwise. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 20;

export class Ledger {
  readonly #client: () => KawaitClient;
  readonly #threads: readonly string[];
  readonly #rounds: number;
  readonly #topics: ReturnType<typeof topicNames>;
  /** thread → round → how often it was seen, by coordinates (a reconnect reads again from the beginning). */
  readonly #lines = new Map<string, Map<string, Line>>();
  readonly #results = new Map<string, Map<string, string>>();
  readonly #answered = new Map<string, string>();
  readonly #stop = new AbortController();
  readonly #patienceMs: number;
  #ended = false;
  #giveUpMs: number;

  /** @param client gives the connection as it is now: after a kill, another one. */
  constructor(
    client: () => KawaitClient,
    options: {
      readonly threads: number;
      readonly rounds: number;
      readonly name: string;
      readonly installation?: string;
      readonly patienceMs?: number;
    },
  ) {
    this.#client = client;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#giveUpMs = Date.now() + this.#patienceMs;
    this.#rounds = options.rounds;
    this.#topics = topicNames(options.installation ?? "");
    this.#threads = Array.from({ length: options.threads }, (_, index) => `${options.name}-${index}`);
    for (const thread of this.#threads) {
      this.#lines.set(thread, new Map());
      this.#results.set(thread, new Map());
    }
  }

  /** Starts all threads, answers every line, until every thread has a result. */
  async run(): Promise<void> {
    const followers = [this.#follow("ledger"), this.#follow(this.#topics.result), this.#follow(this.#topics.error)];
    try {
      for (const threadId of this.#threads)
        await this.#insist(() =>
          this.#client().start({ threadId, workflow: "ledger", argument: JSON.stringify({ rounds: this.#rounds }) }),
        );
      while (this.#threads.some((thread) => this.#results.get(thread)?.size === 0)) {
        if (Date.now() > this.#giveUpMs) throw new Error(`nothing happens any more: ${this.#unfinished()}`);
        await this.#answerOpen();
        await pause();
      }
    } finally {
      this.#ended = true;
      this.#stop.abort();
      await Promise.allSettled(followers);
    }
  }

  /** How many rounds were seen so far. */
  seen(): number {
    let seen = 0;
    for (const lines of this.#lines.values()) seen += lines.size;
    return seen;
  }

  /** 0 lost, 0 doubled: reads both topics once more, from the beginning to the end as of now. */
  check(): void {
    for (const thread of this.#threads) {
      const rounds = [...(this.#lines.get(thread)?.values() ?? [])].map((line) => line.round).sort((a, b) => a - b);
      assert.deepEqual(
        rounds,
        Array.from({ length: this.#rounds }, (_, index) => index + 1),
        `rounds of ${thread}`,
      );
      assert.deepEqual(
        [...(this.#results.get(thread)?.values() ?? [])],
        [JSON.stringify({ rounds: this.#rounds })],
        `result of ${thread}`,
      );
    }
  }

  /** What came out against what had to: effects, and of them the missing and the surplus ones. */
  tally(): { readonly effects: number; readonly lost: number; readonly doubled: number } {
    let effects = 0;
    let lost = 0;
    let doubled = 0;
    for (const thread of this.#threads) {
      const lines = [...(this.#lines.get(thread)?.values() ?? [])];
      const rounds = new Set(lines.map(({ round }) => round));
      const results = [...(this.#results.get(thread)?.values() ?? [])];
      const right = results.filter((result) => result === JSON.stringify({ rounds: this.#rounds })).length;
      effects += lines.length + results.length;
      lost += this.#rounds - rounds.size + (right > 0 ? 0 : 1);
      doubled += lines.length - rounds.size + (results.length - Math.min(1, right));
    }
    return { effects, lost, doubled };
  }

  /** What threads ended with that is not their result: an error says why. */
  wrongResults(): readonly string[] {
    const right = JSON.stringify({ rounds: this.#rounds });
    return this.#threads.flatMap((thread) =>
      [...(this.#results.get(thread) ?? [])]
        .filter(([, result]) => result !== right)
        .map(([at, result]) => `${thread}, ${at}: ${result}`),
    );
  }

  async #follow(topic: string): Promise<void> {
    while (!this.#ended) {
      try {
        for await (const record of this.#client().tail(topic, { fromBeginning: true, signal: this.#stop.signal })) {
          this.#giveUpMs = Date.now() + this.#patienceMs;
          const at = `${record.partition}/${record.offset}`;
          const thread = record.key ?? "";
          if (topic === "ledger") this.#lines.get(thread)?.set(at, JSON.parse(record.value ?? "") as Line);
          else this.#results.get(thread)?.set(`${topic}/${at}`, record.value ?? "");
        }
      } catch {
        // The other side was killed: go on with the next one.
      }
      await pause();
    }
  }

  async #answerOpen(): Promise<void> {
    for (const thread of this.#threads) {
      if ((this.#results.get(thread)?.size ?? 0) > 0) continue;
      const last = [...(this.#lines.get(thread)?.values() ?? [])].reduce<Line | undefined>(
        (latest, line) => (latest === undefined || line.round > latest.round ? line : latest),
        undefined,
      );
      if (last === undefined || last.timed || this.#answered.get(thread) === last.ref) continue;
      await this.#insist(() => this.#client().send(thread, JSON.stringify({ ref: last.ref, value: last.round })));
      this.#answered.set(thread, last.ref);
    }
  }

  async #insist(send: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await send();
        return;
      } catch (error) {
        if (Date.now() > this.#giveUpMs) throw error;
        await pause();
      }
    }
  }

  #unfinished(): string {
    return this.#threads
      .filter((thread) => this.#results.get(thread)?.size === 0)
      .map((thread) => `${thread} at round ${this.#lines.get(thread)?.size}`)
      .join(", ");
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}
