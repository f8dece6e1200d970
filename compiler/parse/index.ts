export { digest, type ModuleText } from "./identify.ts";
export { type ParsedModule, type ParseRequest, parse, parseJson } from "./parse.ts";
export { type TopLevelResources, withResources } from "./using.ts";
