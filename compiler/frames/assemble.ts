/**
 * The dispatch loop of a listing:
 *
 *   for (;;) try { switch ($pc) { case 0: … case 1: … } }
 *   catch ($e) { $pc = $k.handler($h4, $pc, $e); $value = $e; }
 *
 * Sites are numbered 1 … n in source order, other states above. `$pc` names a state of the right region wherever
 * something may throw; loop and `try` are left out where nothing needs them. `$leap` (leaps.ts): `for (;; $leap < 0 || …)`.
 */
import { types as t } from "@babel/core";
import { AccessFinder, cannotThrow } from "./accesses.ts";
import {
  type Block,
  endsBlock,
  exitsOf,
  type Instruction,
  type Label,
  type Region,
  reachableBlocks,
  type Site,
} from "./listing.ts";
import { liveness } from "./liveness.ts";
import type { Machine } from "./machine.ts";
import { abi, assign, noState } from "./syntax.ts";

export interface AssembledSite {
  readonly site: Site | undefined;
  /** Locals in the order of the frame's list. */
  readonly live: readonly string[];
}

export interface Assembly {
  readonly statements: t.Statement[];
  /** By site number; 0 is the entry. */
  readonly sites: readonly AssembledSite[];
  /** Flat triples [from, to (exclusive), target]. */
  readonly handlers: readonly number[];
}

/** `entry`: locals that the wrapper hands in; `handlerTable`: the name of the table. */
export function assemble(machine: Machine, entry: ReadonlySet<string>, handlerTable: () => string): Assembly {
  const blocks = reachableBlocks(machine.listing);
  const live = liveness(blocks, new AccessFinder(new Set(machine.locals)));
  const order = new Map(machine.locals.map((name, index) => [name, index]));
  const inOrder = (label: Label): string[] => [...live.get(label)!].sort((a, b) => order.get(a)! - order.get(b)!);
  const numbering = number(blocks);

  const sites: AssembledSite[] = [
    { site: undefined, live: inOrder(blocks[0]!.label).filter((name) => entry.has(name)) },
    ...numbering.sites.map((label) => ({ site: label.site, live: inOrder(label) })),
  ];
  const cases = print(blocks, numbering, sites);
  const handlers = handlerTriples(blocks, numbering);
  const statements = dispatch(machine, cases, numbering.jumps, handlers.length > 0 ? handlerTable() : undefined);
  return { statements, sites, handlers };
}

interface Numbering {
  /** Labels of sites, in order of their numbers. */
  readonly sites: readonly Label[];
  /** Blocks that are a `case` of their own. */
  readonly cases: ReadonlySet<Block>;
  /** The blocks that a fall-through enters from another region. */
  readonly regionEntries: ReadonlySet<Block>;
  /** Jumps that only lead to what follows. */
  readonly idle: ReadonlySet<Block>;
  readonly jumps: boolean;
}

function number(blocks: readonly Block[]): Numbering {
  const at = new Map(blocks.map((block, index) => [block.label, index]));
  /** Follows empty blocks and such that only jump on. */
  const canonical = (label: Label): Block => {
    let index = at.get(label)!;
    for (const seen = new Set<number>(); !seen.has(index); ) {
      seen.add(index);
      const block = blocks[index]!;
      const first = block.instructions[0];
      if (block.label.site) return block;
      if (!first && index + 1 < blocks.length) index++;
      else if (first?.kind === "jump") index = at.get(first.to)!;
      else return block;
    }
    return blocks[index]!;
  };
  const idle = new Set<Block>();
  const jumped = new Map<Label, Block>();
  for (const [index, block] of blocks.entries()) {
    for (const instruction of block.instructions) {
      if (instruction.kind === "suspend") continue;
      for (const { to } of exitsOf(instruction)) {
        const next = blocks[index + 1];
        if (instruction.kind === "jump" && next && canonical(next.label) === canonical(to)) idle.add(block);
        else jumped.set(to, canonical(to));
      }
      if (endsBlock(instruction)) break;
    }
    const handler = block.region?.handler;
    if (handler && block.instructions.length > 0) jumped.set(handler, canonical(handler));
  }
  const cases = new Set<Block>([...jumped.values(), ...blocks.filter((block) => block.label.site)]);
  const regionEntries = fallsIntoOtherRegion(blocks, cases, idle);
  for (const block of regionEntries) cases.add(block);

  const bySource = blocks.filter((block) => block.label.site).map((block) => block.label);
  bySource.sort((a, b) => a.site!.order - b.site!.order);
  for (const [index, label] of bySource.entries()) label.setNumber(index + 1);
  let next = bySource.length + 1;
  blocks[0]!.label.setNumber(0);
  for (const block of blocks) {
    if (cases.has(block) && !block.label.site && block !== blocks[0]) block.label.setNumber(next++);
  }
  for (const [label, block] of jumped) if (label !== block.label) label.setNumber(block.label.number!);
  return { sites: bySource, cases, regionEntries, idle, jumps: jumped.size > 0 };
}

/** Blocks entered by falling through while `$pc` still names a state of another region. */
function fallsIntoOtherRegion(
  blocks: readonly Block[],
  _cases: ReadonlySet<Block>,
  idle: ReadonlySet<Block>,
): Set<Block> {
  const entries = new Set<Block>();
  let region: Region | undefined;
  let falls = true;
  for (const block of blocks) {
    if (!falls || block.label.site) region = block.region;
    else if (block.region !== region && block.instructions.some(mayThrow)) {
      entries.add(block);
      region = block.region;
    }
    falls = fallsThrough(block, idle);
  }
  return entries;
}

function mayThrow(instruction: Instruction): boolean {
  switch (instruction.kind) {
    case "jump":
      return false;
    case "branch":
      return !cannotThrow(instruction.test);
    case "code":
      return !cannotThrow(instruction.node);
    case "suspend":
      return true;
  }
}

function fallsThrough(block: Block, idle: ReadonlySet<Block>): boolean {
  const last = block.instructions.find(endsBlock);
  return !last || (last.kind === "jump" && idle.has(block));
}

function print(blocks: readonly Block[], numbering: Numbering, sites: readonly AssembledSite[]): t.SwitchCase[] {
  const cases: t.SwitchCase[] = [];
  let falls = true;
  for (const [index, block] of blocks.entries()) {
    const isCase = index === 0 || numbering.cases.has(block);
    if (!isCase && !falls) continue;
    if (isCase) {
      if (index > 0 && falls && numbering.regionEntries.has(block)) {
        cases.at(-1)!.consequent.push(assign("$pc", block.label.literal()));
      }
      cases.push(t.switchCase(block.label.literal(), []));
    }
    const statements = cases.at(-1)!.consequent;
    const site = index === 0 ? 0 : block.label.site ? block.label.number! : undefined;
    if (site !== undefined) statements.push(...restore(sites[site]!.live));
    for (const instruction of block.instructions) {
      if (instruction.kind === "jump" && numbering.idle.has(block)) break;
      statements.push(...printed(instruction, sites));
      if (endsBlock(instruction)) break;
    }
    falls = fallsThrough(block, numbering.idle);
  }
  if (falls) cases.at(-1)!.consequent.push(t.returnStatement());
  return cases;
}

function restore(live: readonly string[]): t.Statement[] {
  return live.map((name, index) => {
    const list = t.memberExpression(t.identifier("$f"), t.identifier("l"));
    return assign(name, t.memberExpression(list, t.numericLiteral(index), true));
  });
}

function printed(instruction: Instruction, sites: readonly AssembledSite[]): t.Statement[] {
  switch (instruction.kind) {
    case "code":
      return [instruction.node];
    case "jump":
      return [assign("$pc", instruction.to.literal()), t.continueStatement()];
    case "branch": {
      const jump = t.blockStatement([assign("$pc", instruction.to.literal()), t.continueStatement()]);
      return [t.ifStatement(instruction.test, jump)];
    }
    case "suspend": {
      const { operation, value, resume } = instruction;
      const live = t.arrayExpression(sites[resume.number!]!.live.map((name) => t.identifier(name)));
      return [t.returnStatement(abi(operation, t.identifier("$f"), value, resume.literal(), live))];
    }
  }
}

/** The innermost handler of each state, as ranges of numbers. */
function handlerTriples(blocks: readonly Block[], numbering: Numbering): number[] {
  const states = blocks.flatMap((block) => {
    if (!block.region || !(numbering.cases.has(block) || block === blocks[0])) return [];
    return [{ state: block.label.number!, target: block.region.handler.number }];
  });
  states.sort((a, b) => a.state - b.state);
  const triples: number[] = [];
  for (const { state, target } of states) {
    if (target === undefined) continue;
    const last = triples.length - 3;
    if (last >= 0 && triples[last + 1] === state && triples[last + 2] === target) triples[last + 1] = state + 1;
    else triples.push(state, state + 1, target);
  }
  return triples;
}

function dispatch(machine: Machine, cases: t.SwitchCase[], jumps: boolean, table: string | undefined): t.Statement[] {
  const isLoop = jumps || table !== undefined;
  if (!isLoop && cases.length === 1) return cases[0]!.consequent;
  const at = t.memberExpression(t.identifier("$f"), t.identifier("pc"));
  if (!isLoop) return [t.switchStatement(at, cases)];
  const { delaysLeaps, leavesInnerLoops } = machine.listing;
  const declaration = t.variableDeclaration("var", [t.variableDeclarator(t.identifier("$pc"), at)]);
  if (delaysLeaps) declaration.declarations.push(t.variableDeclarator(t.identifier("$leap"), noState()));
  let body: t.Statement = t.switchStatement(t.identifier("$pc"), cases);
  if (table) {
    const handled = abi("handler", t.identifier(table), t.identifier("$pc"), t.identifier("$e"));
    const handler = t.blockStatement([assign("$pc", handled), assign("$value", t.identifier("$e"))]);
    if (delaysLeaps) handler.body.push(assign("$leap", noState()));
    body = t.tryStatement(t.blockStatement([body]), t.catchClause(t.identifier("$e"), handler));
  }
  let loop: t.Statement = t.forStatement(null, null, delaysLeaps ? arrive() : null, body);
  if (leavesInnerLoops) loop = t.labeledStatement(t.identifier("$run"), loop);
  return [declaration, loop];
}

/** `$leap < 0 || ($pc = $leap, $leap = -1)` */
function arrive(): t.Expression {
  const [pc, leap] = [t.identifier("$pc"), t.identifier("$leap")];
  const taken = t.sequenceExpression([
    t.assignmentExpression("=", pc, leap),
    t.assignmentExpression("=", t.identifier("$leap"), noState()),
  ]);
  return t.logicalExpression("||", t.binaryExpression("<", leap, t.numericLiteral(0)), taken);
}
