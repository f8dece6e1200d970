/** `node:timers`: the globals, by name. */

import * as promises from "./timers-promises.ts";

const { setTimeout, clearTimeout, setImmediate, clearImmediate, setInterval, clearInterval } = globalThis;
const byName = { ...promises };

export { byName as promises, clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout };
