/**
 * What a workflow declares of itself, read from the entry module's text:
 *
 *   export const workflow = { default: true, limits: { stepMs: 5_000, snapshotBytes: 32 * 1024 * 1024 } };
 *
 * Limits count before the first line of the program runs, so the value is not computed: it is an object of literals,
 * and arithmetic on numbers. Everything else is an error that says so: a setting that is not read would pass for a default.
 */
import { types as t } from "@babel/core";
import { type Limits, limitProblem, type ProgramSettings } from "#protocol";
import { CompileError } from "../diagnostics/compile-error.ts";
import type { LoadedModule } from "../load/index.ts";
import { parseText } from "./parse.ts";

const NAME = "workflow";

/** @throws CompileError `WorkflowSettings` for what is no setting, or cannot be read without running it */
export function readSettings(entry: LoadedModule): ProgramSettings | undefined {
  if (entry.kind !== "esm" || !/\bworkflow\b/.test(entry.source)) return undefined;
  const declared = exportedAs(parseText(entry).program);
  if (declared === undefined) return undefined;
  const reader = new SettingsReader(entry);
  if (!t.isVariableDeclarator(declared) || !declared.init) {
    return reader.fail(
      declared,
      `The export \`${NAME}\` holds the settings of the workflow: make it a \`const\` with an object`,
    );
  }
  return reader.settings(declared.init);
}

/** The declaration of the export, or the node that exports the name from elsewhere. Types of that name are nobody's business. */
function exportedAs(program: t.Program): t.Node | undefined {
  for (const statement of program.body) {
    if (!t.isExportNamedDeclaration(statement) || statement.exportKind === "type") continue;
    const { declaration } = statement;
    if (t.isVariableDeclaration(declaration)) {
      const found = declaration.declarations.find(({ id }) => t.isIdentifier(id, { name: NAME }));
      if (found !== undefined) return declaration.kind === "const" ? found : declaration;
    } else if (t.isFunctionDeclaration(declaration) || t.isClassDeclaration(declaration)) {
      if (declaration.id?.name === NAME) return declaration;
    }
    for (const specifier of statement.specifiers) {
      if (!t.isExportSpecifier(specifier) || specifier.exportKind === "type") continue;
      if (!t.isIdentifier(specifier.exported, { name: NAME })) continue;
      return statement.source ? specifier : (localConst(program, (specifier.local as t.Identifier).name) ?? specifier);
    }
  }
  return undefined;
}

function localConst(program: t.Program, name: string): t.Node | undefined {
  for (const statement of program.body) {
    if (!t.isVariableDeclaration(statement, { kind: "const" })) continue;
    const found = statement.declarations.find(({ id }) => t.isIdentifier(id, { name }));
    if (found !== undefined) return found;
  }
  return undefined;
}

class SettingsReader {
  readonly #entry: LoadedModule;

  constructor(entry: LoadedModule) {
    this.#entry = entry;
  }

  settings(node: t.Node): ProgramSettings {
    const settings: { default?: boolean; limits?: Partial<Limits> } = {};
    for (const [name, value] of this.#properties(node)) {
      if (name === "default") settings.default = this.#boolean(value);
      else if (name === "limits") settings.limits = this.#limits(value);
      else this.fail(value, `A workflow has no setting \`${name}\`; there are \`default\` and \`limits\``);
    }
    return settings;
  }

  #limits(node: t.Node): Partial<Limits> {
    const limits: Record<string, number> = {};
    for (const [name, value] of this.#properties(node)) {
      const number = this.#number(value);
      const problem = limitProblem(name, number);
      if (problem !== undefined) this.fail(value, problem.charAt(0).toUpperCase() + problem.slice(1));
      limits[name] = number;
    }
    return limits;
  }

  #properties(given: t.Node): [string, t.Node][] {
    const node = withoutType(given);
    if (!t.isObjectExpression(node)) this.fail(node, "Settings are written out as an object");
    return (node as t.ObjectExpression).properties.map((property) => {
      if (!t.isObjectProperty(property) || property.computed || property.shorthand) {
        return this.fail(property, "Settings are written out as `name: value`");
      }
      const { key } = property;
      if (t.isIdentifier(key)) return [key.name, property.value];
      return t.isStringLiteral(key) ? [key.value, property.value] : this.fail(key, "Settings have names");
    });
  }

  #boolean(given: t.Node): boolean {
    const node = withoutType(given);
    return t.isBooleanLiteral(node) ? node.value : this.fail(node, "`true` or `false` is needed");
  }

  #number(given: t.Node): number {
    const node = withoutType(given);
    if (t.isNumericLiteral(node)) return node.value;
    if (t.isUnaryExpression(node, { operator: "-" })) return -this.#number(node.argument);
    if (t.isBinaryExpression(node)) {
      const compute = OPERATORS[node.operator];
      if (compute !== undefined) return compute(this.#number(node.left), this.#number(node.right));
    }
    return this.fail(node, "A limit is a number, or numbers with +, -, *, / and ** between them");
  }

  fail(node: t.Node, message: string): never {
    const { file, source } = this.#entry;
    const { line = 0, column = 0 } = node.loc?.start ?? {};
    throw new CompileError("WorkflowSettings", message, { file, source, line, column });
  }
}

const OPERATORS: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "**": (left, right) => left ** right,
};

/** `{ … } as const satisfies WorkflowSettings` → `{ … }` */
function withoutType(node: t.Node): t.Node {
  if (t.isTSAsExpression(node) || t.isTSSatisfiesExpression(node) || t.isParenthesizedExpression(node))
    return withoutType(node.expression);
  return node;
}
