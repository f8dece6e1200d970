/** A context of `node:vm` as test262 wants it: `print`, `$262`, and what a runner adds (`__once`). */
import process from "node:process";
import vm from "node:vm";

export interface TestContext {
  readonly context: vm.Context;
  /** What was printed, in order. */
  readonly printed: string[];
  run(script: vm.Script): unknown;
  /** Without a watchdog, which costs a thread: for what no test's code can hold up. */
  runOwn(script: vm.Script): unknown;
  evaluate(text: string): unknown;
}

/** Time that one evaluation may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

export const once = { count: 0 };

/** `printed`: where the output of contexts that follow each other is gathered. */
export function createTestContext(printed: string[] = []): TestContext {
  const context = vm.createContext(process.env.CONFORMANCE_SANDBOX ? {} : vm.constants.DONT_CONTEXTIFY);
  const global = context as unknown as Record<string, unknown>;
  const evaluate = (text: string): unknown => vm.runInContext(text, context, { timeout: TIMEOUT_MS });
  define(global, "print", (text: unknown) => {
    printed.push(String(text));
  });
  define(global, "__once", () => {
    once.count++;
  });
  define(global, "$262", {
    global: vm.runInContext("globalThis", context),
    evalScript: (text: string) => evaluate(text),
    gc() {},
    detachArrayBuffer: (buffer: ArrayBuffer) => {
      transfer(buffer);
    },
  });
  return {
    context,
    printed,
    evaluate,
    run: (script) => script.runInContext(context, { timeout: TIMEOUT_MS }),
    runOwn: (script) => script.runInContext(context),
  };
}

const transfer = (buffer: ArrayBuffer): void => {
  ArrayBuffer.prototype.transfer.call(buffer);
};

function define(global: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(global, key, { value, writable: true, enumerable: false, configurable: true });
}

/** What a thrown value says of itself, on one line. */
export function messageOf(error: unknown): string {
  try {
    if ((typeof error !== "object" && typeof error !== "function") || error === null) return String(error);
    const { message } = error as { message?: unknown };
    return `${nameOf(error)}: ${String(message)}`.replace(/\s+/g, " ").slice(0, 400);
  } catch {
    return "an error that cannot be shown";
  }
}

export function nameOf(error: unknown): string {
  if ((typeof error !== "object" && typeof error !== "function") || error === null) return typeof error;
  try {
    const { code } = error as { code?: unknown };
    if (typeof code === "string" && code !== "") return code;
    const { name } = (error as object).constructor;
    return typeof name === "string" && name !== "" ? name : "Error";
  } catch {
    return "Error";
  }
}
