/**
 * Where a value hangs: `main › frame bookTrip › local socket`. Found only after a failure, by a walk over what the values
 * refer to: the shortest way from `main`, else from another root of the thread; nothing is gathered beforehand.
 */
import {
  append,
  isArray,
  isObject,
  mapGet,
  mapHas,
  mapSet,
  mapSize,
  NativeMap,
  stringIndexOf,
  stringSlice,
} from "../primordials.ts";
import { AsyncFrame, AsyncGeneratorFrame, GeneratorFrame, Thread } from "../records.ts";
import { registry } from "../registry.ts";
import { PromiseSlot, ProxySlot } from "../slots.ts";
import { collectionState, collectionsOf } from "../weak-entries.ts";
import { kindOf } from "./classify.ts";
import type { GraphEncoder } from "./encoder.ts";
import { visitProperties } from "./extras.ts";
import type { EdgeVisitor } from "./kind.ts";

const SEPARATOR = " › ";
/** A graph that is larger is not searched: the way by which the encoder came is told instead. */
const OBJECTS_MAX = 200_000;

/** Roots of a thread in the order in which they are tried, by what they are called. */
const ROOTS: readonly (readonly [string, (thread: Thread) => unknown])[] = [
  ["main", (thread) => thread.main],
  ["module state", (thread) => thread.g],
  ["pending", (thread) => thread.pending],
  ["queued", (thread) => thread.jobs],
  ["timers", (thread) => thread.macrotasks],
  ["rejections", (thread) => thread.rejections],
  ["config", (thread) => thread.config],
];

export function describeTrail(encoder: GraphEncoder): string {
  const trail = encoder.trail();
  const culprit = encoder.culprit();
  const thread = trail[0];
  if (thread instanceof Thread) {
    for (let i = 0; i < ROOTS.length; i++) {
      const [name, rootOf] = ROOTS[i]!;
      const root = rootOf(thread);
      const way = isObject(root) ? search(root, culprit, encoder) : undefined;
      if (way !== undefined) return name + textOf(way);
    }
  }
  append(trail, culprit);
  const text = textOf(trail);
  if (trail.length === 1) return "thread";
  return thread instanceof Thread ? `thread${text}` : stringSlice(text, SEPARATOR.length);
}

/** ` › label › label`: the shortest way from one object to another, all of the program included; `undefined` when there is none. */
export function describeWay(root: object, culprit: object): string | undefined {
  const way = search(root, culprit, undefined);
  return way === undefined ? undefined : textOf(way);
}

/**
 * The shortest way to each of many objects, from whichever root is nearest.
 *
 * @param found those that are wanted: `root › label › label` is put there
 */
export function namesFrom(
  roots: readonly { readonly name: string; readonly value: object }[],
  found: Map<object, string | undefined>,
): void {
  const cameFrom: Map<object, object | undefined> = new NativeMap();
  const names: Map<object, string> = new NativeMap();
  const queue: object[] = [];
  for (let i = 0; i < roots.length; i++) {
    const { name, value } = roots[i]!;
    if (mapGet(names, value) !== undefined) continue;
    mapSet(names, value, name);
    mapSet(cameFrom, value, undefined);
    append(queue, value);
  }
  for (let i = 0, left = mapSize(found); i < queue.length && i < OBJECTS_MAX && left > 0; i++) {
    const holder = queue[i]!;
    if (mapHas(found, holder)) {
      const way = wayTo(holder, cameFrom);
      mapSet(found, holder, mapGet(names, way[0]!)! + textOf(way));
      left--;
    }
    visitEdges(holder, (_label, value) => {
      if (isObject(value) && !mapHas(cameFrom, value)) {
        mapSet(cameFrom, value, holder);
        append(queue, value);
      }
      return false;
    });
  }
}

/** The objects on the shortest way between two, both included; `undefined` when there is none. */
function search(root: object, culprit: object, encoder: GraphEncoder | undefined): object[] | undefined {
  const cameFrom: Map<object, object | undefined> = new NativeMap();
  const queue: object[] = [];
  append(queue, root);
  mapSet(cameFrom, root, undefined);
  for (let i = 0; i < queue.length && i < OBJECTS_MAX; i++) {
    const holder = queue[i]!;
    if (holder === culprit) return wayTo(culprit, cameFrom);
    // What is of the program is saved as a number, whatever hangs there.
    const isOfProgram = encoder?.isKnown(holder) === true && encoder.reachedIndexOf(holder) === undefined;
    if (i > 0 && isOfProgram) continue;
    visitEdges(holder, (_label, value) => {
      if (isObject(value) && mapGet(cameFrom, value) === undefined && value !== root) {
        mapSet(cameFrom, value, holder);
        append(queue, value);
      }
      return false;
    });
  }
  return undefined;
}

function wayTo(end: object, cameFrom: Map<object, object | undefined>): object[] {
  const reversed: object[] = [];
  for (let at: object | undefined = end; at !== undefined; at = mapGet(cameFrom, at)) append(reversed, at);
  const way: object[] = [];
  for (let i = reversed.length - 1; i >= 0; i--) append(way, reversed[i]!);
  return way;
}

/** Steps that only the runtime sees are left out: ` › frame bookTrip › local socket`. */
function textOf(way: readonly object[]): string {
  let text = "";
  for (let i = 0; i + 1 < way.length; i++) {
    const holder = way[i]!;
    if (holder instanceof Thread) continue;
    if (isFrame(holder)) text += `${SEPARATOR}frame ${frameName(holder)}`;
    const label = labelOf(holder, way[i + 1]);
    if (label === "") text += `${SEPARATOR}${kindOf(holder, true).name}`;
    else if (!isInternal(holder, label)) text += SEPARATOR + label;
  }
  return text;
}

/** From a promise to the frame that settles it, or that awaits it, is no step of the author's. */
function isInternal(holder: object, label: string): boolean {
  if (isFrame(holder)) return label === "promise" || label === "awaiting" || label === "queue";
  return PromiseSlot.has(holder) && (label === "source" || label === "what waits");
}

type AnyFrame = AsyncFrame | GeneratorFrame | AsyncGeneratorFrame;

function isFrame(holder: object): holder is AnyFrame {
  if (ProxySlot.has(holder)) return false;
  return holder instanceof AsyncFrame || holder instanceof GeneratorFrame || holder instanceof AsyncGeneratorFrame;
}

/** The function as the author calls it: the part of its id behind the file. */
function frameName(frame: AnyFrame): string {
  const id = registry.tables.functions[frame.d.index]?.id ?? "of the runtime";
  return stringSlice(id, stringIndexOf(id, "#") + 1);
}

function visitEdges(holder: object, visit: EdgeVisitor): boolean {
  if (!ProxySlot.has(holder) && isArray(holder)) return visitProperties(holder, visit);
  if (isFrame(holder)) {
    const live = registry.tables.functions[holder.d.index]?.sites?.[holder.pc]?.live;
    const locals = holder.l;
    for (let i = 0; locals !== undefined && i < locals.length; i++) {
      if (visit(`local ${live?.[i] ?? i}`, locals[i])) return true;
    }
  }
  const kind = kindOf(holder, true);
  return kind.visitEdges(holder, visit) || (!ProxySlot.has(holder) && visitProperties(holder, visit));
}

/** What the holder calls it, or nothing when it cannot be told. */
function labelOf(holder: object, value: unknown): string {
  let found = "";
  visitEdges(holder, (label, candidate) => {
    if (candidate !== value) return false;
    found = label;
    return true;
  });
  if (found === "" && (collectionState(holder) !== undefined || collectionsOf(holder).length > 0)) return "weak entry";
  return found;
}
