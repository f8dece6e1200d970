/**
 * Codes of the errors and warnings that the pipeline itself gives, and what to do about each. A phase may give codes of
 * its own with the advice in the message.
 */
export const COMPILE_ERRORS = {
  SyntaxError: "Fix the syntax; the script must be JavaScript or TypeScript that the newest ECMAScript allows.",
  UnresolvedImport: "Install the package or fix the path.",
  MissingExport: "Check the name, or mark it `import type` when it is only a type.",
  UnsupportedFile: "Only JavaScript, TypeScript and JSON modules can be part of a workflow.",
  Jsx: "JSX is off in workflows: call the function that makes elements yourself, in a .ts file.",
  NoMain: "Export `async function main(argument) { … }`, or a function as the default export.",
  TopLevelAwait: 'Make the file an ES module (.mts, or "type": "module"), or move the `await` into a function.',
  RequireOfAsyncModule: "Use `await import(…)`: a module with a top-level `await` cannot be there at once.",
  DynamicImportNotStatic: "Give `import()` a string literal, so that the module can be made a part of the program.",
  ReservedName: "Rename the variable.",
  ClassElement: "Rewrite the element as a method or a field.",
  SuspensionNotCovered: "Move the `await` or `yield` out of this construct.",
  NestedTooDeep: "Nest the code less deep, or build what it makes in a loop: the compiler's stack does not hold it.",
  WorkflowSettings:
    "Write the settings out: `export const workflow = { default: true, limits: { stepMs: 5_000 } }`. They are read, not run; docs/OPERATIONS.md has the limits.",
  // Warnings.
  NodeBuiltin:
    "Workflows have no files, sockets or processes: call a task, or import a package that needs none of them.",
  NodeGlobal: "Hand what the workflow needs of its surroundings over as its argument, or ask a task for it.",
  StaysNative: "It runs, but a state that still reaches a value of it cannot be saved.",
} as const;

export type CompileErrorCode = keyof typeof COMPILE_ERRORS;
