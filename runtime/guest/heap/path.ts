/**
 * Where a value hangs: `main › frame bookTrip › local socket`. Found only after a failure, from the objects through which the
 * encoder came: what one calls the next is looked up, nothing is gathered beforehand.
 */
import { append } from "../primordials.ts";
import { AsyncFrame, AsyncGeneratorFrame, GeneratorFrame } from "../records.ts";
import { registry } from "../registry.ts";
import { ProxySlot } from "../slots.ts";
import { collectionState, collectionsOf } from "../weak-entries.ts";
import { kindOf } from "./classify.ts";
import type { GraphEncoder } from "./encoder.ts";
import { visitProperties } from "./extras.ts";

const SEPARATOR = " › ";

export function describeTrail(encoder: GraphEncoder): string {
  const trail = encoder.trail();
  append(trail, encoder.culprit());
  let path = "";
  for (let i = 0; i + 1 < trail.length; i++) {
    const holder = trail[i]!;
    path += `${path === "" ? "" : SEPARATOR}${describe(holder)}${labelOf(holder, trail[i + 1])}`;
  }
  return path === "" ? "thread" : path;
}

type AnyFrame = AsyncFrame | GeneratorFrame | AsyncGeneratorFrame;

function isFrame(holder: object): holder is AnyFrame {
  return holder instanceof AsyncFrame || holder instanceof GeneratorFrame || holder instanceof AsyncGeneratorFrame;
}

function describe(holder: object): string {
  if (isFrame(holder)) {
    const id = registry.tables.functions[holder.d.index]?.id ?? "runtime";
    return `frame ${id}`;
  }
  return kindOf(holder, true).name;
}

/** What the holder calls it, or nothing when it cannot be told. */
function labelOf(holder: object, value: unknown): string {
  let found = "";
  const visit = (label: string, candidate: unknown): boolean => {
    if (candidate !== value) return false;
    found = ` ${label}`;
    return true;
  };
  if (isFrame(holder)) {
    const live = registry.tables.functions[holder.d.index]?.sites?.[holder.pc]?.live;
    const locals = holder.l;
    for (let i = 0; locals !== undefined && i < locals.length; i++) {
      if (visit(`local ${live?.[i] ?? i}`, locals[i])) return found;
    }
  }
  if (!kindOf(holder, true).visitEdges(holder, visit) && !ProxySlot.has(holder)) visitProperties(holder, visit);
  if (found === "" && (collectionState(holder) !== undefined || collectionsOf(holder).length > 0)) return " weak entry";
  return found;
}
