/**
 * A local of the compiler's that is called, or constructed from, has in its name what was written there, because V8 prints it:
 *
 *     new trip.Agent(await id)   →   $3$trip$$Agent = trip.Agent; …; new $3$trip$$Agent($value)
 *
 * The runtime reads it back (`runtime/guest/traces/site-names.ts`).
 */
const CHAIN = /^[\p{ID_Start}_][\p{ID_Continue}]*(?:\.[\p{ID_Start}_][\p{ID_Continue}]*)*$/u;
/** `$s.`, `$s$1.`, `$x3.`, `$k.g.trip.ts#`: how compiled code reaches a variable. */
const HOLDER = /^(?:\$s(?:\$\d+)?\.|\$x\d+\.|\$k\.g\.[^#]*#)/;

/** What goes behind the local's number; empty where the text is no chain of names, or holds a `$` of its own. */
export function toldName(written: string): string {
  const text = written.replace(HOLDER, "");
  return CHAIN.test(text) ? `$${text.replaceAll(".", "$$$$")}` : "";
}
