/** The program's tables as the host hands them in (`protocol/guest-tables.ts`). */
import type { FunctionEntry, GuestTables, ProgramTables } from "#protocol";
import { jsonParse, objectDefineProperty, stringIndexOf, stringSlice } from "../primordials.ts";

/** The table of functions is read when it is first asked for. */
export function readTables(text: string): GuestTables & ProgramTables {
  const end = stringIndexOf(text, "\n");
  const tables = jsonParse(stringSlice(text, 0, end)) as GuestTables & ProgramTables;
  let functions: readonly FunctionEntry[] | undefined;
  objectDefineProperty(tables, "functions", {
    __proto__: null,
    get() {
      functions ??= jsonParse(stringSlice(text, end + 1)) as readonly FunctionEntry[];
      return functions;
    },
  } as PropertyDescriptor);
  return tables;
}
