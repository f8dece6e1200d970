/**
 * The parse phase: one module's text → syntax without types, in which later phases meet nothing but plain ECMAScript.
 *
 *   parse.ts → typescript.ts, namespaces.ts → open-scopes/ (`with`, direct `eval`), mapped-arguments.ts → identify.ts (ids, hashes)
 *   → legacy-decorators.ts → using.ts → iterator-calls.ts, closing.ts
 */
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
