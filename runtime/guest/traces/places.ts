/**
 * From the engine's call sites to places in the program's code: frames of the runtime are left out, and of an async function
 * that began just now the wrapper that began it.
 */
import { PROGRAM_SCRIPT } from "#protocol";
import { UNIT_SCRIPT, unitOfScript } from "../dynamic/code-unit.ts";
import { append, NativeError, stringSlice, uncurry } from "../primordials.ts";

interface CallSite {
  getScriptNameOrSourceURL(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  getFunctionName(): string | null;
}

/** The runtime's function that a wrapper calls, as it is named in the bundle. */
const STARTS_ASYNC = "startAsync";

function prototypeOfCallSites(): CallSite {
  const hook = Object.getOwnPropertyDescriptor(NativeError, "prepareStackTrace");
  let found: CallSite | undefined;
  NativeError.prepareStackTrace = (_error, sites) => {
    found = Object.getPrototypeOf(sites[0]) as CallSite;
  };
  void new NativeError().stack;
  if (hook === undefined) delete (NativeError as { prepareStackTrace?: unknown }).prepareStackTrace;
  else Object.defineProperty(NativeError, "prepareStackTrace", hook);
  return found!;
}

const callSite = prototypeOfCallSites();
const scriptOf = uncurry(callSite.getScriptNameOrSourceURL);
const lineOf = uncurry(callSite.getLineNumber);
const columnOf = uncurry(callSite.getColumnNumber);
const functionNameOf = uncurry(callSite.getFunctionName);

/** As a trace holds them: `line, column` in the program's code, or `unit, line, column`. */
export function placesOf(sites: readonly object[]): unknown[] {
  const places: unknown[] = [];
  let isWrapper = false;
  for (let i = 0; i < sites.length; i++) {
    const site = sites[i]! as CallSite;
    const script = scriptOf(site);
    const isProgram = script === PROGRAM_SCRIPT;
    const unit = !isProgram && typeof script === "string" && isUnitScript(script) ? unitOfScript(script) : undefined;
    if (!isProgram && unit === undefined) {
      isWrapper = functionNameOf(site) === STARTS_ASYNC;
      continue;
    }
    if (!isWrapper) {
      if (unit !== undefined) append(places, unit);
      append(places, lineOf(site) ?? 0);
      append(places, columnOf(site) ?? 0);
    }
    isWrapper = false;
  }
  return places;
}

function isUnitScript(script: string): boolean {
  return stringSlice(script, 0, UNIT_SCRIPT.length) === UNIT_SCRIPT;
}
