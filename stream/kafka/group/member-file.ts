/**
 * What a member leaves behind in its data folder: its member id, so that the process after a crash can leave the group
 * for it, and the partitions it had, so that it gets them again. Held under a lock: two living processes that were given
 * one folder must not throw each other out.
 *
 * The lock is a file that names its holder (host, process, start of the process); it is void when that process is gone.
 */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Claim, NO_CLAIM } from "./assignor.ts";

export interface MemberRecord {
  readonly memberId: string;
  readonly claim: Claim;
}

const EMPTY: MemberRecord = { memberId: "", claim: NO_CLAIM };
const heldHere = new Set<string>();

/** Distinguishes a process from a later one with the same id (containers give the same id at every start). */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

export class MemberFile {
  readonly #path: string;
  readonly #lockPath: string;
  readonly #locked: boolean;

  private constructor(path: string, lockPath: string, locked: boolean) {
    this.#path = path;
    this.#lockPath = lockPath;
    this.#locked = locked;
  }

  /** Opens the file of a group in `dataFolder`. Where another living process holds it, nothing is read or kept. */
  static open(dataFolder: string, groupId: string): MemberFile {
    mkdirSync(dataFolder, { recursive: true });
    const name = `member-${createHash("sha256").update(groupId).digest("hex").slice(0, 16)}`;
    const path = join(dataFolder, `${name}.json`);
    const lockPath = join(dataFolder, `${name}.lock`);
    return new MemberFile(path, lockPath, takeLock(lockPath));
  }

  get locked(): boolean {
    return this.#locked;
  }

  read(): MemberRecord {
    if (!this.#locked) return EMPTY;
    try {
      const { memberId, claim } = JSON.parse(readFileSync(this.#path, "utf8")) as MemberRecord;
      if (typeof memberId !== "string" || !Array.isArray(claim?.partitions)) return EMPTY;
      return { memberId, claim };
    } catch {
      // Absent, or cut off by a crash: then the session's timeout does what leaving would have done.
      return EMPTY;
    }
  }

  write(record: MemberRecord): void {
    if (!this.#locked) return;
    writeFileSync(`${this.#path}.new`, JSON.stringify(record));
    renameSync(`${this.#path}.new`, this.#path);
  }

  close(): void {
    if (!this.#locked) return;
    heldHere.delete(this.#lockPath);
    rmSync(this.#lockPath, { force: true });
  }
}

function takeLock(lockPath: string): boolean {
  if (heldHere.has(lockPath)) return false;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = openSync(lockPath, "wx");
      writeFileSync(file, JSON.stringify({ host: hostname(), pid: process.pid, start: startOf(process.pid) }));
      closeSync(file);
      heldHere.add(lockPath);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (holderLives(lockPath)) return false;
      rmSync(lockPath, { force: true });
    }
  }
  return false;
}

function holderLives(lockPath: string): boolean {
  try {
    const { host, pid, start } = JSON.parse(readFileSync(lockPath, "utf8")) as Record<string, unknown>;
    if (host !== hostname() || typeof pid !== "number") return false;
    // This process holds no such lock (`heldHere`), so its own id names an earlier process.
    return pid !== process.pid && isAlive(pid) && startOf(pid) === start;
  } catch {
    return false;
  }
}
