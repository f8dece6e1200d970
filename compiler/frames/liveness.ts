/**
 * The locals that are live where a block begins: those that some way from there reads before it writes them, the ways
 * through handlers included. Exactly these are saved at a site (I7).
 */
import { type Accesses, type AccessFinder, cannotThrow } from "./accesses.ts";
import { type Block, type Exit, endsBlock, exitsOf, type Instruction, type Label } from "./listing.ts";

interface Step {
  readonly accesses: Accesses;
  readonly exits: readonly Exit[];
  readonly throws: boolean;
  readonly ends: boolean;
}

type LiveSets = ReadonlyMap<Label, ReadonlySet<string>>;

/** `blocks`: those that can be reached, in order. */
export function liveness(blocks: readonly Block[], finder: AccessFinder): LiveSets {
  const steps = blocks.map(({ instructions }) => {
    const end = instructions.findIndex(endsBlock);
    // What stands behind a return is never reached, and may lead to blocks that are gone.
    return instructions.slice(0, end < 0 ? undefined : end + 1).map((instruction) => step(instruction, finder));
  });
  const live = new Map<Label, Set<string>>(blocks.map((block) => [block.label, new Set()]));
  for (let changed = true; changed; ) {
    changed = false;
    for (let index = blocks.length - 1; index >= 0; index--) {
      const block = blocks[index]!;
      const next = blocks[index + 1];
      const now = before(block, steps[index]!, next && live.get(next.label), live);
      const known = live.get(block.label)!;
      if (now.size === known.size) continue;
      live.set(block.label, now);
      changed = true;
    }
  }
  return live;
}

function before(
  block: Block,
  steps: readonly Step[],
  following: ReadonlySet<string> | undefined,
  live: LiveSets,
): Set<string> {
  const handled = block.region ? live.get(block.region.handler) : undefined;
  let now = new Set(following);
  for (let index = steps.length - 1; index >= 0; index--) {
    const { accesses, exits, throws, ends } = steps[index]!;
    if (ends) now = new Set();
    for (const name of accesses.writes) now.delete(name);
    // A leap out of native code may come before the code's own writes, but not before those of the leap.
    for (const { to, writes } of exits) {
      for (const name of live.get(to)!) if (!writes.includes(name)) now.add(name);
    }
    for (const name of accesses.reads) now.add(name);
    if (throws && handled) for (const name of handled) now.add(name);
  }
  return now;
}

function step(instruction: Instruction, finder: AccessFinder): Step {
  const none: Accesses = { reads: new Set(), writes: new Set() };
  const common = { exits: exitsOf(instruction), ends: endsBlock(instruction) };
  switch (instruction.kind) {
    case "code":
      return { ...common, accesses: finder.of(instruction.node), throws: !cannotThrow(instruction.node) };
    case "branch":
      return { ...common, accesses: finder.of(instruction.test), throws: !cannotThrow(instruction.test) };
    case "suspend":
      return { ...common, accesses: finder.of(instruction.value), throws: true };
    case "jump":
      return { ...common, accesses: none, throws: false };
  }
}
