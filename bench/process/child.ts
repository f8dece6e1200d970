/** Starts a worker process and asks it for one thing at a time. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FromWorker, Tasks, WorkerOptions } from "./protocol.ts";

/** What Node compiled is kept for the next process, as by the command line (`cli/entry.ts`). */
const NODE_COMPILE_CACHE = join(tmpdir(), "node-compile-cache");
const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));

export class Worker {
  readonly #process: ChildProcess;
  #onMessage: (message: FromWorker) => void = () => {};
  #onEnd: (error: Error) => void = () => {};
  /** Called with the number of answers seen so far. */
  onProgress: (answers: number) => void = () => {};

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.on("message", (message: FromWorker) => {
      if (message.kind === "progress") this.onProgress(message.answers);
      else this.#onMessage(message);
    });
    process.on("exit", (code, signal) => this.#onEnd(new Error(`the worker ended by itself: ${signal ?? code}`)));
  }

  /** Starts the process; resolves when its engine or scheduler runs. */
  static async start(options: WorkerOptions): Promise<Worker> {
    const worker = new Worker(
      fork(WORKER, [JSON.stringify(options)], {
        execArgv: ["--no-warnings"],
        env: { ...process.env, NODE_COMPILE_CACHE },
      }),
    );
    await worker.#next("ready");
    return worker;
  }

  async ask<Task extends keyof Tasks>(task: Task, request: Tasks[Task]["request"]): Promise<Tasks[Task]["answer"]> {
    const answer = this.#next("answer");
    this.#process.send({ task, request });
    return (await answer) as Tasks[Task]["answer"];
  }

  #next(kind: "ready" | "answer"): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#onEnd = reject;
      this.#onMessage = (message) => {
        if (message.kind === kind) resolve(message.kind === "answer" ? message.answer : undefined);
        else if (message.kind === "error") reject(new Error(message.message));
      };
    });
  }

  /** A load without an end. */
  begin(task: "load", request: Tasks["load"]["request"]): void {
    this.#onEnd = () => {};
    this.#process.send({ task, request });
  }

  async kill(): Promise<void> {
    this.#onEnd = () => {};
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
  }

  /** Lets it stop in order. */
  async stop(): Promise<void> {
    this.#onEnd = () => {};
    const exited = once(this.#process, "exit");
    this.#process.disconnect();
    await exited;
  }
}
