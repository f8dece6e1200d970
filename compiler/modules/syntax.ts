/**
 * What a module's text says about modules: what it imports and exports, and which of its module-level bindings live in
 * the module scope object because a function assigns them after their declaration.
 *
 * Boundary: one module, no other is known. The result is plain data, cached by content.
 */
import { type NodePath, types as t } from "@babel/core";
import { BODY_MAKERS, WEB_GLOBALS } from "#protocol";
import { type Evaluation, hasTopLevelAwait, hasTopLevelUsing } from "./top-level.ts";

export type ExportSource =
  /** A binding of this module. */
  | { readonly kind: "local"; readonly binding: string }
  /** `export default <expression>` or an anonymous declaration; a function is there from the start. */
  | { readonly kind: "default"; readonly hoisted: boolean }
  /** `export { name as … } from`; name `*` is the namespace. */
  | { readonly kind: "from"; readonly specifier: string; readonly name: string };

export interface MutableBinding {
  /** var and function are initialised at instantiation and are never in their temporal dead zone. */
  readonly kind: "var" | "function" | "let" | "const" | "class";
  /** Something may run before the declaration, so reads of this module check for the dead zone. */
  readonly early: boolean;
}

export interface ModuleSyntax {
  /** Specifiers of static imports and re-exports, in source order, each once. */
  readonly imports: readonly string[];
  readonly exports: { readonly [name: string]: ExportSource };
  /** `export * from` */
  readonly stars: readonly string[];
  /** Module-level bindings of which every thread has its own: those that functions assign. */
  readonly mutable: { readonly [name: string]: MutableBinding };
  /** All module-level bindings but functions and imports: every thread's own where the module runs in the thread. */
  readonly variables: { readonly [name: string]: MutableBinding };
  /** What evaluates the module when it runs in the thread, by its own text alone (thread-modules.ts). */
  readonly evaluation: Evaluation;
  /** Module-level constants that are certainly no functions. */
  readonly values: readonly string[];
  /** The module imports `kawait`: its `Promise.all(…)` cancels. */
  readonly usesApi: boolean;
  /** Globals of `runtime/web/` that its text names, free or on the global object. */
  readonly webGlobals: readonly string[];
  /** Members of bodies (`BODY_MAKERS`) that its text names. */
  readonly bodyMakers: readonly string[];
}

/** `strings`: property names and string literals of the module. */
export function moduleSyntax(program: NodePath<t.Program>, strings: ReadonlySet<string>): ModuleSyntax {
  const imports = new Set<string>();
  const exports: { [name: string]: ExportSource } = Object.create(null);
  const stars: string[] = [];
  const body = program.node.body;
  const imported = importedNames(program.node);
  const addLocal = (name: string, binding: string): void => {
    const from = imported.get(binding);
    exports[name] = from === undefined ? { kind: "local", binding } : { kind: "from", ...from };
  };
  for (const statement of body) {
    if (t.isImportDeclaration(statement)) imports.add(statement.source.value);
    else if (t.isExportAllDeclaration(statement)) {
      imports.add(statement.source.value);
      stars.push(statement.source.value);
    } else if (t.isExportDefaultDeclaration(statement)) {
      const { declaration } = statement;
      const named = (t.isFunctionDeclaration(declaration) || t.isClassDeclaration(declaration)) && declaration.id;
      exports.default = named
        ? { kind: "local", binding: named.name }
        : { kind: "default", hoisted: t.isFunctionDeclaration(declaration) };
    } else if (t.isExportNamedDeclaration(statement)) {
      const specifier = statement.source?.value;
      if (specifier !== undefined) imports.add(specifier);
      if (statement.declaration != null) {
        for (const name of Object.keys(t.getBindingIdentifiers(statement.declaration, false, true)))
          addLocal(name, name);
      }
      for (const item of statement.specifiers) {
        const name = exportName(item.exported);
        if (specifier === undefined) addLocal(name, exportName((item as t.ExportSpecifier).local));
        else if (t.isExportSpecifier(item)) exports[name] = { kind: "from", specifier, name: exportName(item.local) };
        else exports[name] = { kind: "from", specifier, name: "*" };
      }
    }
  }
  return {
    imports: [...imports],
    exports,
    stars,
    mutable: threadBindings(program, assignedByFunctions),
    variables: threadBindings(program, isVariable),
    evaluation: hasTopLevelAwait(program.node) ? "async" : hasTopLevelUsing(program.node) ? "sync" : "load",
    values: Object.keys(program.scope.bindings).filter((name) => isValue(program.scope.bindings[name]!.path.node)),
    usesApi: imports.has("kawait"),
    webGlobals: webGlobals(program, strings),
    bodyMakers: [...BODY_MAKERS.keys()].filter((name) => strings.has(name)),
  };
}

const GLOBAL_OBJECTS = ["globalThis", "global", "self", "window"];

/** `URL`, `typeof URL`; where the global object is named, also `globalThis.URL` and `"URL" in globalThis`. */
function webGlobals(program: NodePath<t.Program>, strings: ReadonlySet<string>): string[] {
  const free = program.scope.globals;
  const namesGlobalObject = GLOBAL_OBJECTS.some((name) => Object.hasOwn(free, name));
  return [...WEB_GLOBALS.keys()].filter(
    (name) => Object.hasOwn(free, name) || (namesGlobalObject && strings.has(name)),
  );
}

/** A local name of an import, and what it names: `default`, `*` for the namespace, or an export. */
export interface ImportedName {
  readonly specifier: string;
  readonly name: string;
}

export function importedNames(program: t.Program): Map<string, ImportedName> {
  const names = new Map<string, ImportedName>();
  for (const statement of program.body) {
    if (!t.isImportDeclaration(statement)) continue;
    for (const item of statement.specifiers) {
      const name = t.isImportSpecifier(item)
        ? exportName(item.imported)
        : t.isImportDefaultSpecifier(item)
          ? "default"
          : "*";
      names.set(item.local.name, { specifier: statement.source.value, name });
    }
  }
  return names;
}

export function exportName(node: t.Node): string {
  return t.isStringLiteral(node) ? node.value : (node as t.Identifier).name;
}

function isValue(declaration: t.Node): boolean {
  if (t.isClassDeclaration(declaration)) return true;
  if (!t.isVariableDeclarator(declaration)) return false;
  const { init } = declaration;
  return t.isLiteral(init) || t.isObjectExpression(init) || t.isArrayExpression(init) || t.isClassExpression(init);
}

type Bindings = NodePath<t.Program>["scope"]["bindings"];

/** Assigned inside a function: of such a binding every thread has its own value. */
function assignedByFunctions(binding: Bindings[string]): boolean {
  return binding.kind !== "const" && binding.constantViolations.some(runsAfterLoad);
}

function isVariable(binding: Bindings[string]): boolean {
  return !t.isFunctionDeclaration(binding.path.node);
}

function threadBindings(
  program: NodePath<t.Program>,
  isMeant: (binding: Bindings[string]) => boolean,
): { [name: string]: MutableBinding } {
  const mutable: { [name: string]: MutableBinding } = Object.create(null);
  for (const [name, binding] of Object.entries(program.scope.bindings)) {
    if (binding.kind === "module" || !isMeant(binding)) continue;
    const declaration = binding.path.node;
    const kind = t.isFunctionDeclaration(declaration)
      ? "function"
      : t.isClassDeclaration(declaration)
        ? "class"
        : binding.kind === "var" || binding.kind === "hoisted"
          ? "var"
          : binding.kind === "const"
            ? "const"
            : "let";
    const waits = kind !== "function" && kind !== "var";
    mutable[name] = { kind, early: waits && !inertBefore(program.node, declaration) };
  }
  return mutable;
}

/** Inside a function, or in what a class evaluates when instances are made. */
function runsAfterLoad(violation: NodePath): boolean {
  return violation.findParent((path) => path.isFunction() || isInstanceField(path.node)) !== null;
}

function isInstanceField(node: t.Node): boolean {
  return isField(node) && !node.static;
}

/** A field of a class: its initializer runs like a method's body. */
export function isField(node: t.Node): node is t.ClassProperty | t.ClassPrivateProperty | t.ClassAccessorProperty {
  return t.isClassProperty(node) || t.isClassPrivateProperty(node) || t.isClassAccessorProperty(node);
}

/** True when no code of this module that could reach the binding runs before its declaration. */
function inertBefore(program: t.Program, declaration: t.Node): boolean {
  for (const statement of program.body) {
    const start = statement.start ?? Number.POSITIVE_INFINITY;
    const end = statement.end ?? Number.POSITIVE_INFINITY;
    const at = declaration.start ?? 0;
    if (start <= at && at <= end) return ownDeclaratorInert(statement);
    if (!isInert(statement)) return false;
  }
  return false;
}

function ownDeclaratorInert(statement: t.Statement): boolean {
  const declaration = t.isExportNamedDeclaration(statement) ? statement.declaration : statement;
  return !t.isVariableDeclaration(declaration) || declaration.declarations.every(({ init }) => isInertExpression(init));
}

function isInert(statement: t.Statement): boolean {
  if (t.isImportDeclaration(statement) || t.isExportAllDeclaration(statement)) return true;
  if (t.isExportNamedDeclaration(statement)) return statement.declaration == null || isInert(statement.declaration);
  if (t.isFunctionDeclaration(statement) || t.isEmptyStatement(statement)) return true;
  return t.isVariableDeclaration(statement) && statement.declarations.every(({ init }) => isInertExpression(init));
}

function isInertExpression(node: t.Node | null | undefined): boolean {
  if (node == null || t.isLiteral(node)) return !t.isTemplateLiteral(node) || node.expressions.length === 0;
  if (t.isFunction(node) || t.isIdentifier(node)) return true;
  if (t.isArrayExpression(node)) return node.elements.every((element) => isInertExpression(element));
  if (t.isObjectExpression(node)) {
    return node.properties.every(
      (property) =>
        t.isObjectMethod(property) ||
        (!t.isSpreadElement(property) && !property.computed && isInertExpression(property.value)),
    );
  }
  const isCollection =
    t.isNewExpression(node) && t.isIdentifier(node.callee) && /^(Map|Set|WeakMap|WeakSet)$/.test(node.callee.name);
  return isCollection && node.arguments.length === 0;
}
