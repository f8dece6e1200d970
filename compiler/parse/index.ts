export { digest, type ModuleText } from "./identify.ts";
export { type ParsedModule, type ParseRequest, parse, parseJson } from "./parse.ts";
