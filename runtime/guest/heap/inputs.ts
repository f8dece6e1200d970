/**
 * Functions and proxies that one needs before it can be made: scopes, bound values, parents, targets. A chain of them may be
 * as long as memory allows, so they are introduced one after the other (WITH) and never nested.
 */

import { append, isObject, NativeSet, setAdd, setHas } from "../primordials.ts";
import { proxiesAreUsed } from "../proxy-slot.ts";
import { BoundSlot, ClassSlot, FunctionSlot, ProxySlot } from "../slots.ts";
import type { Encoder } from "./kind.ts";
import { OwnerSlot } from "./owner-slot.ts";

const none: readonly unknown[] = [];

/** What may stand in a chain. */
export function hasInputs(value: unknown): value is object {
  return typeof value === "function" || (proxiesAreUsed() && isObject(value) && ProxySlot.has(value));
}

function inputsOf(value: object): readonly unknown[] {
  if (proxiesAreUsed() && ProxySlot.has(value)) return [ProxySlot.target(value), ProxySlot.handler(value)];
  if (FunctionSlot.has(value)) return FunctionSlot.scopes(value);
  if (ClassSlot.has(value)) return ClassSlot.makerArguments(value);
  if (OwnerSlot.has(value)) return [OwnerSlot.owner(value)];
  if (BoundSlot.has(value)) {
    const inputs: unknown[] = [];
    append(inputs, BoundSlot.target(value));
    append(inputs, BoundSlot.receiver(value));
    const args = BoundSlot.makerArguments(value);
    for (let i = 0; i < args.length; i++) append(inputs, args[i]);
    return inputs;
  }
  return none;
}

function needs(encoder: Encoder, inputs: readonly unknown[]): boolean {
  for (let i = 0; i < inputs.length; i++) {
    if (hasInputs(inputs[i]) && !encoder.isKnown(inputs[i] as object)) return true;
  }
  return false;
}

/** In an order in which each has its own inputs before it; `undefined` for none, which is the rule. */
export function missingInputs(encoder: Encoder, value: object): object[] | undefined {
  const first = inputsOf(value);
  if (!needs(encoder, first)) return undefined;
  const found: object[] = [];
  const visits = new Visits();
  visits.push(first);
  while (visits.depth > 0) {
    const input = visits.next();
    if (input === undefined) {
      const done = visits.pop();
      if (done !== undefined) append(found, done);
    } else if (!encoder.isKnown(input) && visits.enter(input)) {
      visits.push(inputsOf(input), input);
    }
  }
  return found;
}

/** A depth-first walk with its stack on the heap. */
class Visits {
  depth = 0;
  private readonly seen: Set<object> = new NativeSet();
  private readonly stack: { inputs: readonly unknown[]; at: number; of: object | undefined }[] = [];

  push(inputs: readonly unknown[], of?: object): void {
    this.stack[this.depth++] = { inputs, at: 0, of };
  }

  /** The next input that may have inputs itself; `undefined`: all of the top's were seen. */
  next(): object | undefined {
    const top = this.stack[this.depth - 1]!;
    while (top.at < top.inputs.length) {
      const input = top.inputs[top.at++];
      if (hasInputs(input)) return input;
    }
    return undefined;
  }

  pop(): object | undefined {
    return this.stack[--this.depth]!.of;
  }

  /** False for one that was seen before. */
  enter(value: object): boolean {
    if (setHas(this.seen, value)) return false;
    setAdd(this.seen, value);
    return true;
  }
}
