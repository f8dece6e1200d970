/**
 * The machine under construction: blocks of instructions, joined by labels, inside regions of `try`.
 *
 * A block is entered at its top only: by a jump, by falling through, by a resumption (its label is a site) or by a
 * throw (its label is a region's handler). Boundary: knows no syntax of the source; visitors append, liveness and
 * assembly read.
 */
import { types as t } from "@babel/core";

/** A place where the frame can be saved. */
export interface Site {
  /** `kind/path` */
  readonly key: string;
  /** Source order. */
  readonly order: number;
  readonly node: t.Node;
}

export class Label {
  readonly site: Site | undefined;
  /** Set at assembly: the state's number. */
  number: number | undefined;
  readonly #literals: t.NumericLiteral[] = [];

  constructor(site?: Site) {
    this.site = site;
  }

  /** A literal that will hold the state's number. */
  literal(): t.NumericLiteral {
    const literal = t.numericLiteral(this.number ?? 0);
    this.#literals.push(literal);
    return literal;
  }

  setNumber(value: number): void {
    this.number = value;
    for (const literal of this.#literals) literal.value = value;
  }
}

/** A stretch of blocks whose throws go to `handler`. */
export interface Region {
  readonly handler: Label;
}

/** A way out of native code into a state. */
export interface Exit {
  readonly to: Label;
  /** Locals that are written on this way out. */
  readonly writes: readonly string[];
}

export type SuspendOperation = "await" | "yield" | "delegate";

export type Instruction =
  | { readonly kind: "code"; readonly node: t.Statement; readonly exits: readonly Exit[] }
  | { readonly kind: "jump"; readonly to: Label }
  | { readonly kind: "branch"; readonly test: t.Expression; readonly to: Label }
  | {
      readonly kind: "suspend";
      readonly operation: SuspendOperation;
      readonly value: t.Expression;
      readonly resume: Label;
    };

export interface Block {
  readonly label: Label;
  readonly region: Region | undefined;
  readonly instructions: Instruction[];
}

export class Listing {
  readonly blocks: Block[] = [];
  /** True when native code leaves an inner loop for a state: the dispatch loop needs a label then. */
  leavesInnerLoops = false;
  /** A leap out of a native statement arrives when what it passes on its way has run (leaps.ts). */
  delaysLeaps = false;
  #current: Block;
  #region: Region | undefined;

  constructor() {
    this.#current = this.#open(new Label());
  }

  mark(label: Label): void {
    this.#current = this.#open(label);
  }

  code(node: t.Statement, exits: readonly Exit[] = []): void {
    this.#current.instructions.push({ kind: "code", node, exits });
  }

  jump(to: Label): void {
    this.#current.instructions.push({ kind: "jump", to });
  }

  branch(test: t.Expression, to: Label): void {
    this.#current.instructions.push({ kind: "branch", test, to });
  }

  suspend(operation: SuspendOperation, value: t.Expression, site: Site): void {
    const resume = new Label(site);
    this.#current.instructions.push({ kind: "suspend", operation, value, resume });
    this.mark(resume);
  }

  /** Whatever `body` appends throws to `handler`. */
  within(handler: Label, body: () => void): void {
    const outer = this.#region;
    this.#region = { handler };
    this.mark(new Label());
    body();
    this.#region = outer;
    this.mark(new Label());
  }

  #open(label: Label): Block {
    const block: Block = { label, region: this.#region, instructions: [] };
    this.blocks.push(block);
    return block;
  }
}

/** Whether control never goes on behind the instruction. */
export function endsBlock(instruction: Instruction): boolean {
  switch (instruction.kind) {
    case "jump":
    case "suspend":
      return true;
    case "branch":
      return false;
    case "code":
      return t.isReturnStatement(instruction.node) || t.isThrowStatement(instruction.node);
  }
}

/** Where an instruction may lead, apart from what follows it. A resumption counts. */
export function exitsOf(instruction: Instruction): readonly Exit[] {
  switch (instruction.kind) {
    case "jump":
    case "branch":
      return [{ to: instruction.to, writes: [] }];
    case "suspend":
      return [{ to: instruction.resume, writes: [] }];
    case "code":
      return instruction.exits;
  }
}

/** Blocks that can be reached from the entry, in order. */
export function reachableBlocks(listing: Listing): Block[] {
  const at = new Map(listing.blocks.map((block, index) => [block.label, index]));
  const reached = new Set<number>();
  const pending = [0];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const block = listing.blocks[index];
    if (!block || reached.has(index)) continue;
    reached.add(index);
    if (block.region && block.instructions.length > 0) pending.push(at.get(block.region.handler)!);
    let ends = false;
    for (const instruction of block.instructions) {
      for (const exit of exitsOf(instruction)) pending.push(at.get(exit.to)!);
      if (endsBlock(instruction)) {
        ends = true;
        break;
      }
    }
    if (!ends) pending.push(index + 1);
  }
  return listing.blocks.filter((_, index) => reached.has(index));
}
