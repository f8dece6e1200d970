/**
 * Modules that run in the thread: those with a top-level `await` or `using`, and their importers. The algorithm is the
 * standard's for cyclic module records (Evaluate, InnerModuleEvaluation, AsyncModuleExecutionFulfilled and its kin). What
 * it knows of a module is a plain record in the thread's module scope object, so it is saved like any other value (I3).
 *
 * Boundary: modules that need no thread were evaluated at load; here they only tell whether they failed.
 */

import { MODULES_GLOBAL } from "#protocol";
import { requireThread } from "./current.ts";
import { entryIndex, entryMain, evaluateLoaded, type Module, moduleAt, namespaceOf } from "./modules.ts";
import { append, define, isCallable, NativeTypeError, reflectApply } from "./primordials.ts";
import { addReaction, newPromise, performThen, rejectPromise, resolvePromise } from "./promise/operations.ts";
import { ThenReaction } from "./records.ts";
import { runtimeFunction } from "./registry.ts";
import { PENDING, PromiseSlot } from "./slots.ts";
import { readValue } from "./values.ts";

type Status = "linked" | "evaluating" | "evaluating-async" | "evaluated";

/** What a thread knows of one module; names as in the standard. Plain data. */
interface Evaluation {
  status: Status;
  dfsIndex: number;
  dfsAncestorIndex: number;
  cycleRoot: number;
  /** [[AsyncEvaluationOrder]]: -1 unset, -2 done. */
  asyncOrder: number;
  pendingDependencies: number;
  /** Indexes of modules. */
  parents: number[];
  capability: object | undefined;
  failed: boolean;
  error: unknown;
}

interface Graph {
  /** By module index; modules that nothing asked for have none. */
  readonly modules: { [index: number]: Evaluation };
  nextAsyncOrder: number;
}

const UNSET = -1;
const DONE = -2;

function graph(): Graph {
  const scope = requireThread("a module with a top-level `await`").g as { [MODULES_GLOBAL]: Graph | undefined };
  scope[MODULES_GLOBAL] ??= { modules: {}, nextAsyncOrder: 0 };
  return scope[MODULES_GLOBAL];
}

function evaluationOf(index: number): Evaluation {
  const { modules } = graph();
  const known = modules[index];
  if (known !== undefined) return known;
  const made: Evaluation = {
    status: "linked",
    dfsIndex: UNSET,
    dfsAncestorIndex: UNSET,
    cycleRoot: UNSET,
    asyncOrder: UNSET,
    pendingDependencies: 0,
    parents: [],
    capability: undefined,
    failed: false,
    error: undefined,
  };
  define(modules, index, made);
  return made;
}

function fail(evaluation: Evaluation, error: unknown): void {
  evaluation.status = "evaluated";
  evaluation.failed = true;
  evaluation.error = error;
}

/** Evaluate: the promise of the module's evaluation, one for each cycle. */
export function evaluateInThread(index: number): object {
  const { cycleRoot } = evaluationOf(index);
  const first = cycleRoot === UNSET ? index : cycleRoot;
  const evaluation = evaluationOf(first);
  if (evaluation.capability !== undefined) return evaluation.capability;
  const capability = newPromise();
  evaluation.capability = capability;
  const stack: number[] = [];
  try {
    evaluateInner(first, stack, 0);
    // A module that others asked for may be done already.
    if (evaluation.asyncOrder < 0) resolvePromise(capability, undefined);
  } catch (error) {
    for (let i = 0; i < stack.length; i++) fail(evaluationOf(stack[i]!), error);
    rejectPromise(capability, error);
  }
  return capability;
}

/** InnerModuleEvaluation */
function evaluateInner(moduleIndex: number, stack: number[], start: number): number {
  const module = moduleAt(moduleIndex);
  if (module.evaluation === "load") {
    evaluateLoaded(module);
    return start;
  }
  const own = evaluationOf(moduleIndex);
  if (own.status === "evaluating") return start;
  if (own.status !== "linked") {
    if (own.failed) throw own.error;
    return start;
  }
  own.status = "evaluating";
  own.dfsIndex = start;
  own.dfsAncestorIndex = start;
  let index = start + 1;
  append(stack, moduleIndex);
  for (let i = 0; i < module.imports.length; i++) {
    const required = module.imports[i]!;
    index = evaluateInner(required, stack, index);
    if (moduleAt(required).evaluation === "load") continue;
    let dependency = evaluationOf(required);
    if (dependency.status === "evaluating") {
      if (dependency.dfsAncestorIndex < own.dfsAncestorIndex) own.dfsAncestorIndex = dependency.dfsAncestorIndex;
    } else {
      dependency = evaluationOf(dependency.cycleRoot);
      if (dependency.failed) throw dependency.error;
    }
    if (dependency.asyncOrder >= 0) {
      own.pendingDependencies++;
      append(dependency.parents, moduleIndex);
    }
  }
  if (own.pendingDependencies > 0 || module.evaluation === "async") {
    own.asyncOrder = graph().nextAsyncOrder++;
    if (own.pendingDependencies === 0) executeAsync(moduleIndex);
  } else execute(module);
  if (own.dfsAncestorIndex === own.dfsIndex) closeCycle(moduleIndex, stack);
  return index;
}

/** Everything above the module on the stack is of its cycle. */
function closeCycle(root: number, stack: number[]): void {
  for (;;) {
    const index = stack[stack.length - 1]!;
    stack.length--;
    const evaluation = evaluationOf(index);
    evaluation.status = evaluation.asyncOrder === UNSET ? "evaluated" : "evaluating-async";
    evaluation.cycleRoot = root;
    if (index === root) return;
  }
}

function execute(module: Module): unknown {
  return reflectApply(module.evaluate!, undefined, []);
}

const fulfilledHandler = runtimeFunction((index) => () => asyncFulfilled(index as number));
const rejectedHandler = runtimeFunction((index) => (error: unknown) => asyncRejected(index as number, error));

/** ExecuteAsyncModule */
function executeAsync(index: number): void {
  const body = execute(moduleAt(index)) as object;
  // A cancelation of the thread goes down to where the newest module waits.
  const entry = graph().modules[entryIndex()]?.capability;
  const state = entry === undefined ? undefined : PromiseSlot.of(entry);
  if (state !== undefined && state.status === PENDING) state.source = body;
  const fulfilled = fulfilledHandler.instantiate([index]);
  addReaction(body, new ThenReaction(undefined, fulfilled, rejectedHandler.instantiate([index])));
}

/** GatherAvailableAncestors */
function gatherAncestors(evaluation: Evaluation, found: number[]): void {
  for (let i = 0; i < evaluation.parents.length; i++) {
    const index = evaluation.parents[i]!;
    const parent = evaluationOf(index);
    if (includes(found, index) || evaluationOf(parent.cycleRoot).failed) continue;
    parent.pendingDependencies--;
    if (parent.pendingDependencies > 0) continue;
    append(found, index);
    if (moduleAt(index).evaluation !== "async") gatherAncestors(parent, found);
  }
}

function includes(list: readonly number[], value: number): boolean {
  for (let i = 0; i < list.length; i++) if (list[i] === value) return true;
  return false;
}

/** The one of the list that began to wait first, taken out of it. */
function takeFirst(list: number[]): number {
  let at = 0;
  for (let i = 1; i < list.length; i++) {
    if (evaluationOf(list[i]!).asyncOrder < evaluationOf(list[at]!).asyncOrder) at = i;
  }
  const first = list[at]!;
  for (let i = at + 1; i < list.length; i++) list[i - 1] = list[i]!;
  list.length--;
  return first;
}

/** AsyncModuleExecutionFulfilled */
function asyncFulfilled(index: number): void {
  const evaluation = evaluationOf(index);
  if (evaluation.status === "evaluated") return;
  evaluation.asyncOrder = DONE;
  evaluation.status = "evaluated";
  if (evaluation.capability !== undefined) resolvePromise(evaluation.capability, undefined);
  const available: number[] = [];
  gatherAncestors(evaluation, available);
  while (available.length > 0) {
    const next = takeFirst(available);
    const parent = evaluationOf(next);
    if (parent.status === "evaluated") continue;
    if (moduleAt(next).evaluation === "async") {
      executeAsync(next);
      continue;
    }
    try {
      execute(moduleAt(next));
    } catch (error) {
      asyncRejected(next, error);
      continue;
    }
    parent.asyncOrder = DONE;
    parent.status = "evaluated";
    if (parent.capability !== undefined) resolvePromise(parent.capability, undefined);
  }
}

/** AsyncModuleExecutionRejected */
function asyncRejected(index: number, error: unknown): void {
  const evaluation = evaluationOf(index);
  if (evaluation.status === "evaluated") return;
  fail(evaluation, error);
  evaluation.asyncOrder = DONE;
  for (let i = 0; i < evaluation.parents.length; i++) asyncRejected(evaluation.parents[i]!, error);
  if (evaluation.capability !== undefined) rejectPromise(evaluation.capability, error);
}

const namespaceGiver = runtimeFunction((index) => () => namespaceOf(index as number, true));

/** `$k.import` */
export function importModule(index: number, node: boolean): object {
  const promise = newPromise();
  try {
    const module = moduleAt(index);
    if (module.evaluation === "load") {
      evaluateLoaded(module);
      resolvePromise(promise, namespaceOf(index, node));
    } else performThen(evaluateInThread(index), namespaceGiver.instantiate([index]), undefined, promise);
  } catch (error) {
    rejectPromise(promise, error);
  }
  return promise;
}

const mainStarter = runtimeFunction((argument) => () => callMain(argument as string));

/** Calls the workflow's `main`. `argument`: JSON, empty for none. */
function callMain(argument: string): unknown {
  const main = entryMain();
  if (!isCallable(main)) {
    throw new NativeTypeError("The workflow exports no function `main` and no function as its default.");
  }
  return argument === "" ? main() : main(readValue(argument));
}

/** The entry is evaluated in the thread if it has to be, then `main` is called: what that gives, or a promise of it. */
export function runEntry(argument: string): unknown {
  if (moduleAt(entryIndex()).evaluation === "load") return callMain(argument);
  const promise = newPromise();
  performThen(evaluateInThread(entryIndex()), mainStarter.instantiate([argument]), undefined, promise);
  return promise;
}
