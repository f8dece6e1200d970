/** A value of a heap view as one line for people, bounded in depth and length. */
import type { ViewObject, ViewValue } from "./view.ts";

const DEPTH_MAX = 3;
const ENTRIES_MAX = 8;
const STRING_CHARS_MAX = 80;

/** Of objects of the program's image, by index. */
export type ImageNames = ReadonlyMap<number, string>;

const noNames: ImageNames = new Map();

export function valueText(value: ViewValue, objects: readonly ViewObject[], depth = 0, names = noNames): string {
  switch (value.kind) {
    case "boolean":
    case "number":
      return Object.is(value.value, -0) ? "-0" : String(value.value);
    case "bigint":
      return `${value.value}n`;
    case "string": {
      const isLong = value.value.length > STRING_CHARS_MAX;
      return JSON.stringify(isLong ? `${value.value.slice(0, STRING_CHARS_MAX)}…` : value.value);
    }
    case "symbol":
      return `Symbol(${value.name})`;
    case "intrinsic":
      return value.path === "" ? "globalThis" : value.path;
    case "image":
      return names.get(value.index) ?? `#program${value.index}`;
    case "object": {
      const object = objects[value.index];
      return object === undefined ? "?" : objectText(object, objects, depth, names);
    }
    default:
      return value.kind;
  }
}

function objectText(object: ViewObject, objects: readonly ViewObject[], depth: number, names: ImageNames): string {
  const title =
    object.kind === "object" || object.kind === "array" ? "" : `${object.kind}${object.name && ` ${object.name}`}`;
  const isArray = object.kind === "array";
  if (object.entries.length === 0) return title === "" ? (isArray ? "[]" : "{}") : title;
  if (depth >= DEPTH_MAX) return title === "" ? (isArray ? "[…]" : "{…}") : title;
  const shown = object.entries
    .slice(0, ENTRIES_MAX)
    .map(
      (entry) =>
        `${isArray && /^\d+$/.test(entry.label) ? "" : `${entry.label}: `}${valueText(entry.value, objects, depth + 1, names)}`,
    );
  if (object.entries.length > ENTRIES_MAX) shown.push("…");
  const body = isArray ? `[${shown.join(", ")}]` : `{ ${shown.join(", ")} }`;
  return title === "" ? body : `${title} ${body}`;
}
