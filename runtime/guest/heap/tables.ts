/** The program's string and shape tables, made ready once per context. Nothing is added later: no state across threads (I2). */
import { bareList } from "../primordials.ts";
import { ShapeIndex, ShapeTemplate } from "./shapes.ts";
import { hashOf, StringIndex } from "./string-index.ts";

export const tableStrings = {
  count: 0,
  texts: [] as readonly string[],
  index: new StringIndex(),
};

export const tableShapes = {
  count: 0,
  index: new ShapeIndex(),
  keys: [] as readonly (readonly string[])[],
  templates: [] as (ShapeTemplate | undefined)[],
};

export function tableShapeAt(number: number): ShapeTemplate {
  const known = tableShapes.templates[number];
  if (known !== undefined) return known;
  const made = new ShapeTemplate(tableShapes.keys[number]!);
  tableShapes.templates[number] = made;
  return made;
}

/** `hashes`: of the strings, where the host has told them (`GuestTables`). */
export function prepareTables(
  strings: readonly string[],
  shapes: readonly (readonly string[])[],
  hashes?: readonly number[],
): void {
  tableStrings.count = strings.length;
  tableStrings.texts = strings;
  const index = new StringIndex(strings.length);
  for (let i = 0; i < strings.length; i++)
    index.add(strings[i]!, hashes === undefined ? hashOf(strings[i]!) : hashes[i]!);
  tableStrings.index = index;
  tableShapes.count = shapes.length;
  tableShapes.index = new ShapeIndex();
  const templates: (ShapeTemplate | undefined)[] = bareList();
  for (let i = 0; i < shapes.length; i++) {
    if (tableShapes.index.find(shapes[i]!) < 0) tableShapes.index.add(shapes[i]!, i);
    templates[i] = undefined;
  }
  tableShapes.keys = shapes;
  tableShapes.templates = templates;
}
