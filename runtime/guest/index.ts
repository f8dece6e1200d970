/**
 * The prelude: what is evaluated first in every context, before any code of a program. Its completion value is the kernel;
 * it leaves nothing of its own on the global object but what a script expects there.
 */

import { installAsyncFromSync } from "./async-from-sync.ts";
import { installCodeConstructors } from "./dynamic/install.ts";
import {
  asyncGeneratorFunctionPrototype,
  asyncIteratorPrototype,
  installAsyncGenerators,
} from "./frames/async-generator.ts";
import { generatorFunctionPrototype, installGenerators } from "./frames/generator.ts";
import { installBind } from "./function-kinds.ts";
import { installFromAsync } from "./globals/array-from-async.ts";
import { installAsyncNatives } from "./globals/async-natives.ts";
import { installConsole } from "./globals/console.ts";
import { installDate } from "./globals/date.ts";
import { installFunctionSource } from "./globals/function-source.ts";
import { installGlobal } from "./globals/global.ts";
import { installIntl } from "./globals/intl.ts";
import { installPerformance } from "./globals/performance.ts";
import { installProxy } from "./globals/proxy.ts";
import { installRandom } from "./globals/random.ts";
import { installRegExp } from "./globals/regexp.ts";
import { removeGlobals } from "./globals/removed.ts";
import { installTimers } from "./globals/timers.ts";
import { installWeakCollections } from "./globals/weak-collections.ts";
import { watchDefinitions, watchPrototypes } from "./heap/index.ts";
import { installFreezeGuards } from "./image/index.ts";
import { installCursors } from "./iterators.ts";
import { kernel } from "./kernel/index.ts";
import { installNatives } from "./natives/index.ts";
import { installPromise } from "./promise/constructor.ts";
import { installSuspend } from "./suspensions.ts";
import { installStacks } from "./traces/stack.ts";

removeGlobals(globalThis);
installGlobal(globalThis);
installPromise(globalThis);
installSuspend();
installGenerators();
installAsyncGenerators();
installCursors();
installAsyncFromSync();
installBind();
installProxy(globalThis);
installFromAsync();
installAsyncNatives();
watchPrototypes();
installFreezeGuards();
watchDefinitions();
installDate(globalThis);
installRandom();
installPerformance(globalThis);
installIntl();
installRegExp();
installWeakCollections();
installNatives(globalThis);
installTimers(globalThis);
installConsole(globalThis);
installCodeConstructors(globalThis);
installStacks();
installFunctionSource(
  globalThis,
  [
    "Promise",
    "Date",
    "Proxy",
    "Array",
    "Function",
    "WeakMap",
    "WeakSet",
    "Math",
    "Reflect",
    "Object",
    "console",
    "performance",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "clearTimeout",
    "clearInterval",
    "clearImmediate",
    "queueMicrotask",
  ],
  [generatorFunctionPrototype.prototype, asyncGeneratorFunctionPrototype.prototype, asyncIteratorPrototype],
);

export default kernel;
