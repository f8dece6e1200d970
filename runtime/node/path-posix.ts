/** `node:path/posix`: the same. */

export { default } from "./path.ts";
