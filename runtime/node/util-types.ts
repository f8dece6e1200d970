/** `node:util/types`: what kinds of objects there are. */

export { types as default } from "./util.ts";
