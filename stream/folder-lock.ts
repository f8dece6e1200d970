/**
 * One process, one folder. The lock is the operating system's (a file lock that SQLite holds), so it goes with the
 * process however that ends, and no stale lock is ever left behind.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { BrokerError } from "./broker.ts";

/**
 * @returns a function that releases the lock
 * @throws BrokerError `Unavailable` when another process, or another object of this one, holds it
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "lock");
  const lock = new DatabaseSync(file);
  try {
    lock.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new BrokerError(
      "Unavailable",
      `the data folder ${folder} is in use by another process: stop it, or choose another folder`,
      { cause },
    );
  }
  return () => lock.close();
}
