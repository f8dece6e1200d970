import { n } from "./names.ts";
export { n as alias } from "./names.ts";
export default n;
