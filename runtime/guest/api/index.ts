/**
 * The module `kawait` as scripts see it (`$k.api`), and the cancelling forms of the combinators (`$k.cancelling`). What
 * each member means to an author stands in `runtime/api/index.ts`.
 */

import { CancelToken, cancelPromise } from "../cancel.ts";
import { programConfig, visibleConfig } from "../config.ts";
import { requireStep } from "../current.ts";
import { output, outputJSON } from "../outputs.ts";
import { append, defineFixed, defineGetter, objectCreate, symbolToStringTag } from "../primordials.ts";
import { combine } from "../promise/combinators.ts";
import { intrinsics } from "../promise/operations.ts";
import { COMBINE_ALL, COMBINE_ALL_SETTLED, COMBINE_ANY, COMBINE_CANCELLING, COMBINE_RACE } from "../records.ts";
import { registry } from "../registry.ts";
import { Suspend, suspend } from "../suspensions.ts";

function combinator(kind: number): (values: Iterable<unknown>) => unknown {
  return (values) => combine(intrinsics.Promise, values, kind);
}

const members: Record<string, unknown> = {
  suspend: (id?: unknown) => suspend(id),
  output: (value: unknown, topic: unknown, key?: unknown) => output(value, topic, key),
  outputJSON: (value: unknown, topic: unknown, key?: unknown) => outputJSON(value, topic, key),
  cancel: (value: unknown) => cancelPromise(value),
  all: combinator(COMBINE_ALL),
  any: combinator(COMBINE_ANY),
  allWithCancel: combinator(COMBINE_ALL + COMBINE_CANCELLING),
  anyWithCancel: combinator(COMBINE_ANY + COMBINE_CANCELLING),
  CancelToken,
  Suspend,
};

const getters: Record<string, () => unknown> = {
  threadId: () => requireStep("threadId").threadId,
  stepId: () => requireStep("stepId").stepId,
  config: visibleConfig,
};

/** The namespace of `kawait`. */
export const api: object = objectCreate(null);

for (const name of Object.keys(members)) {
  const member = members[name];
  if (typeof member === "function") defineFixed(member, "name", name);
  // Behind a getter's closure the image walk does not find it.
  append(registry.runtimeRoots, member as object);
  defineGetter(api, name, () => member, true);
}
for (const name of Object.keys(getters)) defineGetter(api, name, getters[name]!, true);
defineGetter(api, "default", () => api, true);
defineFixed(api, symbolToStringTag, "Module");
Object.preventExtensions(api);
append(registry.runtimeRoots, programConfig);

/** `Promise.all(…)` and its kin, written literally in a module that imports `kawait`, are compiled to these. */
export const cancelling = {
  all: combinator(COMBINE_ALL + COMBINE_CANCELLING),
  allSettled: combinator(COMBINE_ALL_SETTLED + COMBINE_CANCELLING),
  any: combinator(COMBINE_ANY + COMBINE_CANCELLING),
  race: combinator(COMBINE_RACE + COMBINE_CANCELLING),
};
Object.freeze(cancelling);
