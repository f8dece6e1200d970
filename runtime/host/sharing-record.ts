/**
 * Which programs cannot share a context: all their first steps ask for private mode (sloppy-mode code does), and each asking
 * costs a shared context. Their new threads begin in private mode, which is the meaning of a program anyway: being wrong
 * here costs time only.
 */
import type { StepRequest, StepResult } from "#protocol";

/** So many first steps in a row, none of which could be shared. */
const REFUSALS_MIN = 8;

export class SharingRecord {
  /** By program hash; infinitely far away for a program of which a thread could share. */
  readonly #refusals = new Map<string, number>();

  /** The request as it is to be run. */
  place(request: StepRequest): StepRequest {
    if (request.isPrivate || request.input.kind !== "new") return request;
    const refusals = this.#refusals.get(request.programHash) ?? 0;
    return refusals >= REFUSALS_MIN ? { ...request, isPrivate: true } : request;
  }

  /** @param request as it was placed */
  note(request: StepRequest, result: StepResult): void {
    if (request.isPrivate || request.input.kind !== "new" || result.kind !== "advanced") return;
    const refusals = this.#refusals.get(request.programHash) ?? 0;
    this.#refusals.set(request.programHash, result.isPrivate ? refusals + 1 : Number.NEGATIVE_INFINITY);
  }
}
