/** The trace of an error, and the text that its `stack` was when somebody read it. */
import { Identity } from "../definition.ts";
import type { ErrorTrace } from "../records.ts";

export class TraceSlot extends Identity {
  #trace: ErrorTrace;
  #text: string | undefined = undefined;

  constructor(holder: object, trace: ErrorTrace) {
    super(holder);
    this.#trace = trace;
  }

  static has(holder: object): boolean {
    return #trace in holder;
  }

  static get(holder: object): ErrorTrace | undefined {
    return #trace in holder ? holder.#trace : undefined;
  }

  static put(holder: object, trace: ErrorTrace): void {
    if (#trace in holder) {
      holder.#trace = trace;
      holder.#text = undefined;
    } else new TraceSlot(holder, trace);
  }

  static text(holder: object): string | undefined {
    return #trace in holder ? holder.#text : undefined;
  }

  static setText(holder: object, text: string): void {
    (holder as TraceSlot).#text = text;
  }
}
