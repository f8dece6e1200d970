/** `RegExp.prototype.compile`, which replaces a pattern in its place: it reports what it is called on. */
import { regExpBrand } from "../heap/kinds/regexp.ts";
import { passes, regExpCompile } from "../heap/natives.ts";
import { notePattern } from "../image/content.ts";
import { defineHidden, isObject } from "../primordials.ts";
import { markNative } from "./function-source.ts";

const onRegExp = {
  compile(this: RegExp, pattern: string, flags: string): RegExp {
    if (isObject(this) && passes(regExpBrand, this)) notePattern(this);
    return regExpCompile(this, pattern, flags);
  },
};

export function installRegExp(): void {
  markNative(onRegExp.compile);
  defineHidden(RegExp.prototype, "compile", onRegExp.compile);
}
