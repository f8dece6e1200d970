/**
 * The text of a unit of global code: its native declarations, and the function that registers the rest.
 *
 *   var f, a; let b;                                             // declarations
 *   (($k) => {                                                   // code
 *     "use strict";
 *     const $T = $k.TDZ;
 *     const $lexical = Object.freeze({ get b() { … }, set b(v) { … } }), $start = { set b(v) { b = v; } };
 *     …definitions…
 *     const $script = () => { … };
 *     $k.script([["b", () => b, ($v) => { b = $v; }, false]], $script);
 *   })
 *
 * Evaluating a unit runs nothing of the script: that is for the thread to do (`$k.script` keeps the function).
 */
import { generate, type types as t } from "@babel/core";
import { makePrintable } from "../link/printable.ts";
import type { ModuleContext } from "../phase.ts";
import type { GlobalNames } from "./globals.ts";

export interface UnitText {
  /** Declarations that make the script's global names; empty when it has none. */
  readonly declarations: string;
  /** An expression: a function of the ABI object. */
  readonly code: string;
}

/** `script`: the name of the function with all statements. `mark`: stands for the unit in the marks of its functions. */
export function wrapUnit(
  ast: t.File,
  hoisted: readonly t.Statement[],
  script: string,
  names: GlobalNames,
  context: ModuleContext,
  mark: string,
): UnitText {
  const body = [...hoisted, ...ast.program.body];
  for (const statement of body) makePrintable(statement, mark);
  const statements = body.map((statement) => generate(statement, GENERATE).code);
  const { lexical, vars } = names;
  const accessors = lexical.map(
    ({ name, isConstant }) => `[${JSON.stringify(name)}, () => ${name}, ($v) => { ${name} = $v; }, ${isConstant}]`,
  );
  const code = [
    "(($k) => {",
    ...(context.strict ? ['"use strict";'] : []),
    "const $T = $k.TDZ;",
    ...(lexical.length === 0 ? [] : [lexicalObjects(names)]),
    ...statements,
    `$k.script([${accessors.join(", ")}], ${script});`,
    "})",
  ].join("\n");
  const declared = [
    ...(vars.length === 0 ? [] : [`var ${vars.join(", ")};`]),
    ...(lexical.length === 0 ? [] : [`let ${lexical.map(({ name }) => name).join(", ")};`]),
  ];
  return { declarations: declared.join("\n"), code };
}

const GENERATE = { comments: true, compact: false, jsescOption: { minimal: true } } as const;

function lexicalObjects({ lexical, lexicalObject, startObject }: GlobalNames): string {
  const checked = lexical.map(({ name, isConstant }) => {
    const text = JSON.stringify(name);
    const check = `if (${name} === $T) $k.tdz(${text});`;
    const write = isConstant ? `$k.constAssign(${text});` : `${name} = $v;`;
    return `get [${text}]() { ${check} return ${name}; }, set [${text}]($v) { ${check} ${write} }`;
  });
  const starts = lexical.map(({ name }) => `set [${JSON.stringify(name)}]($v) { ${name} = $v; }`);
  return `const ${lexicalObject} = $k.freeze({ ${checked.join(", ")} }), ${startObject} = { ${starts.join(", ")} };`;
}
