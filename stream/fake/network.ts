/**
 * Requests between a process and the brokers: they take time, and they or their answers get lost. What was carried out and
 * never answered, and what is carried out long after its sender gave up, are both ordinary here.
 */
import { Refused } from "./refused.ts";
import type { SimulatedProcess, SimulatedTime } from "./simulated-time.ts";

/** How likely each fault of a request is. */
export interface NetworkFaults {
  readonly lostRequest: number;
  readonly lostAnswer: number;
  /** Carried out late: up to `slowMs`, often in the middle of what its sender does next. */
  readonly slow: number;
  readonly slowMs: number;
}

export const NO_NETWORK_FAULTS: NetworkFaults = { lostRequest: 0, lostAnswer: 0, slow: 0, slowMs: 0 };

/** A client hears of a lost request or answer after this long; then it was cut off. */
const TIMEOUT_MS = 4_000;
const RESET_MS = 5;
const RESET_CHANCE = 0.5;
/** How often a late request comes between the next ones of its sender, and behind how many of them at most. */
const BETWEEN_CHANCE = 0.5;
const BETWEEN_MAX = 12;

/** A request that waits for so many more of its sender. */
interface HeldBack {
  left: number;
  readonly arrive: () => void;
}

export interface Answer<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

export class Network {
  faults: NetworkFaults = NO_NETWORK_FAULTS;
  /** While the brokers are down. */
  isDown = false;
  /** One way, in milliseconds, at most. */
  readonly #latencyMs: number;
  readonly #time: SimulatedTime;
  /** Counts the brokers' restarts: what was on its way is lost by one. */
  #era = 0;
  readonly #atBroker = new Set<(error: Error) => void>();
  readonly #heldBack = new Map<SimulatedProcess, HeldBack[]>();

  constructor(time: SimulatedTime, latencyMs: number) {
    this.#time = time;
    this.#latencyMs = latencyMs;
  }

  /** Runs `action` at the brokers; it may answer at once or later. */
  request<T>(process: SimulatedProcess, action: (answer: Answer<T>) => void): Promise<T> {
    const { random } = this.#time;
    const { lostRequest, lostAnswer, slow, slowMs } = this.faults;
    return new Promise<T>((resolve, reject) => {
      let isSettled = false;
      const settle = (delayMs: number, then: () => void): void => {
        process.after(delayMs, () => {
          if (isSettled) return;
          isSettled = true;
          then();
        });
      };
      const disconnect = (delayMs: number): void => settle(delayMs, () => reject(new Refused("disconnected")));
      if (this.isDown || process.isCutOff) {
        disconnect(process.isCutOff ? TIMEOUT_MS : random.next() * RESET_MS);
        return;
      }
      if (random.chance(lostRequest)) {
        disconnect(random.chance(0.5) ? RESET_MS : TIMEOUT_MS);
        return;
      }
      const isLate = random.chance(slow);
      const isUnanswered = random.chance(lostAnswer);
      const era = this.#era;
      const isBetween = isLate && random.chance(BETWEEN_CHANCE);
      const wayMs = random.next() * this.#latencyMs + (isLate && !isBetween ? random.next() * slowMs : 0);
      // A connection that breaks is noticed at once at one end, and what it brought is carried out at the other.
      if (isLate || isUnanswered) disconnect(isLate && random.chance(RESET_CHANCE) ? RESET_MS : TIMEOUT_MS);
      const arrive = (): void => {
        if (era !== this.#era || this.isDown) {
          disconnect(RESET_MS);
          return;
        }
        const broken = (): void => disconnect(RESET_MS);
        const answered = (then: () => void): void => {
          this.#atBroker.delete(broken);
          if (isUnanswered || process.isCutOff) {
            disconnect(random.chance(0.5) ? RESET_MS : TIMEOUT_MS);
            return;
          }
          const backMs = random.next() * this.#latencyMs;
          settle(backMs, () => {
            if (era !== this.#era) reject(new Refused("disconnected"));
            else then();
          });
        };
        this.#atBroker.add(broken);
        try {
          action({
            resolve: (value) => answered(() => resolve(value)),
            reject: (error) => answered(() => reject(error)),
          });
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          answered(() => reject(error));
        }
      };
      this.#noteRequest(process);
      if (isBetween) this.#holdBack(process, arrive, slowMs);
      else this.#time.after(wayMs, arrive);
    });
  }

  #holdBack(process: SimulatedProcess, arrive: () => void, mostMs: number): void {
    const list = this.#heldBack.get(process) ?? [];
    this.#heldBack.set(process, list);
    const held: HeldBack = { left: 1 + this.#time.random.below(BETWEEN_MAX), arrive };
    list.push(held);
    this.#time.after(mostMs, () => {
      const at = list.indexOf(held);
      if (at < 0) return;
      list.splice(at, 1);
      arrive();
    });
  }

  /** Lets what waited for this request go, right behind it. */
  #noteRequest(process: SimulatedProcess): void {
    const list = this.#heldBack.get(process);
    if (list === undefined) return;
    for (const held of [...list]) {
      if (--held.left > 0) continue;
      list.splice(list.indexOf(held), 1);
      this.#time.after(this.#time.random.next() * this.#latencyMs, held.arrive);
    }
  }

  /** The brokers go down: what waits there and what is on its way is lost, carried out or not. */
  goDown(): void {
    this.isDown = true;
    this.#era++;
    for (const broken of [...this.#atBroker]) broken(new Refused("disconnected"));
    this.#atBroker.clear();
  }

  comeBack(): void {
    this.isDown = false;
  }
}
