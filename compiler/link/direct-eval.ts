/**
 * A direct `eval` is one only when its name means the engine's own function, and the runtime has replaced the global one (code
 * made at run time is compiled). So a program that holds a direct `eval`, which stays native, has a binding of that name.
 */

/** In front of the modules of a program; allowed in sloppy code only. */
export const OWN_EVAL = "var eval = $k.eval;";

export function hasDirectEval(code: string): boolean {
  return /(?<![.\w$])eval\s*\(/.test(code);
}
