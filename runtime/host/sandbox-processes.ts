/**
 * Starts sandbox processes, and keeps some started in reserve while a step lasts so long that its process may have to be
 * killed: its successor and the process of the verdict are there then, and nobody waits for a start.
 *
 * In quiet times there is no reserve, and it costs nothing.
 */
import { type SandboxProcess, startSandboxProcess } from "./child-process.ts";
import { encodeToSandbox, type SandboxConfiguration } from "./wire.ts";

/** For each process that may die: one to go on, one for the verdict. */
const RESERVE_EACH = 2;
const RESERVE_MAX = 4;
/** A reserve that nobody needed goes after this long. */
const RESERVE_MS = 10_000;

export class SandboxProcesses {
  readonly #script: string;
  readonly #configuration: SandboxConfiguration;
  #reserve: SandboxProcess[] = [];
  readonly #inNeed = new Set<object>();
  #expiry: NodeJS.Timeout | null = null;

  /** @param script the child's program (`childBundle`) */
  constructor(script: string, configuration: SandboxConfiguration) {
    this.#script = script;
    this.#configuration = configuration;
  }

  /** A process that was sent its configuration: `ready` is the first that it says. Throws when none can be started. */
  take(): SandboxProcess {
    for (let spare = this.#reserve.shift(); spare; spare = this.#reserve.shift()) if (isAlive(spare)) return spare;
    return this.#start();
  }

  /** Starts a reserve for `whom`, whose process may have to be killed soon. */
  prepare(whom: object): void {
    this.#inNeed.add(whom);
    this.#reserve = this.#reserve.filter(isAlive);
    const wanted = Math.min(RESERVE_MAX, RESERVE_EACH * this.#inNeed.size);
    try {
      while (this.#reserve.length < wanted) this.#reserve.push(this.#start());
    } catch {
      // Whoever takes one hears of it.
    }
    if (this.#expiry) clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.close(), RESERVE_MS);
  }

  /** Processes in reserve that live. */
  get spare(): number {
    return this.#reserve.filter(isAlive).length;
  }

  /** Ends the reserve. */
  close(): void {
    if (this.#expiry) clearTimeout(this.#expiry);
    this.#expiry = null;
    this.#inNeed.clear();
    for (const spare of this.#reserve.splice(0)) spare.process.kill("SIGKILL");
  }

  #start(): SandboxProcess {
    const child = startSandboxProcess(this.#script, this.#configuration.limits);
    child.socket.write(encodeToSandbox({ kind: "configure", configuration: this.#configuration }));
    return child;
  }
}

function isAlive({ process }: SandboxProcess): boolean {
  return process.pid !== undefined && process.exitCode === null && process.signalCode === null;
}
