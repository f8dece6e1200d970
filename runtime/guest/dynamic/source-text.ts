/**
 * The source text of a function or class as its author wrote it. Compiled text carries a mark (compiler/link/marks.ts) that
 * names a span of a module's source, which the host has, or of a unit's text, which is here.
 */
import type { ReadDebug } from "#protocol";
import { OwnerSlot } from "../heap/owner-slot.ts";
import { functionToString, jsonStringify, parseBase36, stringIndexOf, stringSlice } from "../primordials.ts";
import { ClassSlot, FunctionSlot } from "../slots.ts";
import { CodeUnit } from "./code-unit.ts";

let readDebug: ReadDebug | undefined;

/** Hands in what reads the program's debug part: a function of the host that throws nothing and gives a string. */
export function setDebugReader(read: ReadDebug): void {
  readDebug = read;
}

/** The answer to a `DebugQuestion`; "" when nobody knows it. */
export function askDebug(question: object): string {
  return readDebug === undefined ? "" : readDebug(jsonStringify(question));
}

export function sourceText(made: object): string {
  const compiled = functionToString(made as () => void);
  const at = stringIndexOf(compiled, "/*@");
  if (at < 0) return compiled;
  const mark = stringSlice(compiled, at + 3, stringIndexOf(compiled, "*/", at));
  if (stringIndexOf(mark, ".") > 0) {
    const text = askDebug({ kind: "source", mark });
    return text === "" ? compiled : text;
  }
  const unit = unitOf(made);
  const span = unit === undefined ? undefined : CodeUnit.spans(unit)[parseBase36(stringSlice(mark, 1), 36)];
  return span === undefined ? compiled : stringSlice(CodeUnit.text(unit!), span[0], span[1]);
}

/** The unit of code made at run time that a function or class is of. */
function unitOf(made: object): CodeUnit | undefined {
  const unit = FunctionSlot.has(made)
    ? FunctionSlot.definition(made)!.unit
    : ClassSlot.has(made)
      ? ClassSlot.unit(made)
      : OwnerSlot.has(made)
        ? unitOf(OwnerSlot.owner(made))
        : undefined;
  return unit as CodeUnit | undefined;
}
