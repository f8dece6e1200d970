/** `performance`: its clock starts with the thread and moves with the step's time (I2). */

import { currentThread } from "../current.ts";
import { defineGetter, defineHidden } from "../primordials.ts";
import { nowMs } from "./date.ts";

function startMs(): number {
  return currentThread()?.startMs ?? 0;
}

const methods = {
  now(): number {
    return nowMs() - startMs();
  },
};

export function installPerformance(global: object): void {
  const performance = {};
  defineHidden(performance, "now", methods.now);
  defineGetter(performance, "timeOrigin", startMs, true);
  defineHidden(global, "performance", performance);
}
