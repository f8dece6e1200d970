/** The program's string and shape tables, made ready once per context. Nothing is added later: no state across threads (I2). */
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
  templates: [] as readonly ShapeTemplate[],
};

export function prepareTables(strings: readonly string[], shapes: readonly (readonly string[])[]): void {
  tableStrings.count = strings.length;
  tableStrings.texts = strings;
  tableStrings.index = new StringIndex();
  for (let i = 0; i < strings.length; i++) tableStrings.index.add(strings[i]!, hashOf(strings[i]!));
  tableShapes.count = shapes.length;
  tableShapes.index = new ShapeIndex();
  const templates: ShapeTemplate[] = [];
  for (let i = 0; i < shapes.length; i++) {
    if (tableShapes.index.find(shapes[i]!) < 0) tableShapes.index.add(shapes[i]!, i);
    templates[i] = new ShapeTemplate(shapes[i]!);
  }
  tableShapes.templates = templates;
}
