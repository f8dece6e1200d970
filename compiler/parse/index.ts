export { digest, type ModuleText } from "./identify.ts";
export {
  identifyParsed,
  type ParsedModule,
  type ParseRequest,
  parse,
  parseJson,
  parseScript,
  parseText,
} from "./parse.ts";
export { type TopLevelResources, withResources } from "./using.ts";
