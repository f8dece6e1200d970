/** `global`, Node's name of the global object: packages look for it before they look for `globalThis`. */

import { objectDefineProperty } from "../primordials.ts";

export function installGlobal(global: object): void {
  objectDefineProperty(global, "global", { value: global, writable: true, enumerable: false, configurable: true });
}
