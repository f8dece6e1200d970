/**
 * Replaces every name that means something outside the module's own function, in one traversal:
 *
 *   import { n, book } from "./b.ts"; import * as W from "kawait"; let count = 0;
 *   function f() { count++; return book(n); }
 *   await W.suspend("x");
 *   →
 *   function f() { $k.g["a.ts#count"]++; return (0, $x2.book)($x2.n); }
 *   await $k.api.suspend("x");
 *
 * also `require("x")`, `import("x")`, `import.meta`, `process.env.NODE_ENV`, and the combinators of `Promise` in modules
 * that import `kawait`.
 */
import { type NodePath, types as t, traverse } from "@babel/core";
import { ABSENT_GLOBALS } from "#protocol";
import type { ModuleContext } from "../phase.ts";
import { assignDeclared } from "./declarations.ts";
import { type ExportsGraph, globalName, type Resolution } from "./exports-graph.ts";
import { isAnonymousFunction, named } from "./naming.ts";
import {
  abi,
  abiCall,
  checkInitialised,
  globalArguments,
  globalBinding,
  member,
  reference,
  seesGlobalArguments,
} from "./reference.ts";
import { stampMade } from "./stamp.ts";
import { exportName, type ImportedName, isField, type ModuleSyntax } from "./syntax.ts";
import { runsInThread } from "./thread-modules.ts";

const COMBINATORS = new Set(["all", "race", "any", "allSettled"]);

export interface NamesRequest {
  readonly program: NodePath<t.Program>;
  readonly ast: t.File;
  readonly syntax: ModuleSyntax;
  readonly imports: ReadonlyMap<string, ImportedName>;
  readonly graph: ExportsGraph;
  readonly context: ModuleContext;
}

export function replaceNames({ program, ast, syntax, imports, graph, context }: NamesRequest): void {
  const { moduleIndex, moduleId, kind } = context;
  // A copy: replacing declarations makes Babel forget them.
  const bindings = { ...program.scope.bindings };
  const declared = new Set<string>();
  const made = new Set<t.Node>();

  const isOutside = (path: NodePath, name: string): boolean => {
    if (!imports.has(name) && !Object.hasOwn(syntax.mutable, name)) return false;
    const binding = bindings[name];
    if (path.scope.getBinding(name) !== binding || isOfCatchPattern(path, name)) return false;
    // Inside a class its own name is another binding, which nothing can assign.
    return !t.isClass(binding?.path.node) || path.findParent(({ node }) => node === binding.path.node) === null;
  };
  const isMutable = (path: NodePath, name: string): boolean =>
    Object.hasOwn(syntax.mutable, name) && path.scope.getBinding(name) === bindings[name];
  const resolve = (name: string): Resolution => {
    const from = imports.get(name)!;
    return graph.resolveImport(moduleIndex, from.specifier, from.name);
  };
  const isFree = (path: NodePath, name: string): boolean => path.scope.getBinding(name) === undefined;

  traverse(ast, {
    VariableDeclaration(path) {
      const change = assignDeclared(path, (name) => isMutable(path, name));
      if (change === null) return;
      for (const name of change.undeclared) declared.add(name);
      const { replacement } = change;
      for (const node of change.initialisers) made.add(node);
      if (replacement === null) (path.parent as t.ForStatement).init = null;
      else if (Array.isArray(replacement)) path.replaceWithMultiple(replacement);
      else path.replaceWith(replacement as t.Node);
    },
    ClassDeclaration: {
      exit(path) {
        const name = path.node.id?.name;
        if (name === undefined || path.parent.type !== "Program" || !Object.hasOwn(syntax.mutable, name)) return;
        const target = globalBinding(globalName(moduleId, name));
        // The node itself changes its type, so that its stamp and position stay.
        const value = path.node as t.Node as t.ClassExpression;
        (value as t.Node as { type: string }).type = "ClassExpression";
        const initialiser = t.expressionStatement(t.assignmentExpression("=", target, value));
        path.replaceWith(t.inherits(initialiser, value));
        path.skip();
      },
    },
    MemberExpression(path) {
      const { object, property, computed } = path.node;
      if (!t.isIdentifier(object)) {
        if (isNodeEnv(path.node) && isFree(path, "process")) path.replaceWith(t.stringLiteral("production"));
        else if (isMetaUrl(path.node)) path.replaceWith(t.stringLiteral(`kawait:///${moduleId}`));
        return;
      }
      const key = computed ? (t.isStringLiteral(property) ? property.value : null) : exportName(property);
      if (key === null) return;
      if (imports.get(object.name)?.name === "*" && isOutside(path, object.name)) {
        const from = imports.get(object.name)!;
        const whole = resolve(object.name);
        if (whole.kind !== "namespace" || isTarget(path)) return;
        const resolution = graph.resolveImport(moduleIndex, from.specifier, key);
        path.replaceWith(reference(resolution));
        path.skip();
      } else if (syntax.usesApi && object.name === "Promise" && COMBINATORS.has(key)) {
        if (isFree(path, "Promise") && t.isCallExpression(path.parent) && path.key === "callee") {
          path.replaceWith(member(abi("cancelling"), key));
          path.skip();
        }
      }
    },
    Identifier(path) {
      const { name } = path.node;
      if (kind !== "script" && ABSENT_GLOBALS.has(name)) replaceAbsent(path, name);
      else if (kind !== "script" && name === "global" && isFree(path, name) && isValuePosition(path))
        path.node.name = "globalThis";
      else if (kind !== "script" && name === "eval" && isFree(path, name) && isValuePosition(path) && !isCallee(path)) {
        // In calls the name stands for the engine's own (parse/open-scopes/eval-site.ts).
        place(path, member(abi("global"), name));
        return;
      } else if (kind === "esm" && name === "arguments" && isFree(path, name) && isValuePosition(path)) {
        if (seesGlobalArguments(path)) place(path, globalArguments(!t.isUnaryExpression(path.parent, TYPEOF)));
        return;
      }
      if (made.has(path.node) || !isOutside(path, name) || !isValuePosition(path)) return;
      replaceIdentifier(path, name);
    },
    CallExpression(path) {
      const { callee, arguments: values } = path.node;
      const [specifier] = values;
      if (!t.isIdentifier(callee, { name: "require" }) || values.length !== 1 || !t.isStringLiteral(specifier)) return;
      if (!isFree(path, "require")) return;
      const target = graph.target(moduleIndex, "require", specifier.value);
      if (target?.kind === "module") {
        if (runsInThread(graph.syntaxOf(target.index))) {
          const message = `"${specifier.value}" has a top-level \`await\`, so it cannot be required`;
          context.leaveNative("RequireOfAsyncModule", path.node, message);
        }
        path.replaceWith(abiCall("require", t.numericLiteral(target.index)));
      } else if (target?.kind === "api") path.replaceWith(abi("api"));
      else if (kind !== "commonjs")
        path.replaceWith(abiCall("unsupported", t.stringLiteral(`require("${specifier.value}")`)));
      path.skip();
    },
    ImportExpression(path) {
      const { source } = path.node;
      if (!t.isStringLiteral(source)) {
        if (context.firstParty) {
          context.error("DynamicImportNotStatic", path.node, "The module of this import() is not known beforehand");
        }
        context.leaveNative("DynamicImportNotStatic", path.node, "The module of this import() is not known beforehand");
        path.replaceWith(abiCall("importing", source, ...(path.node.options ? [path.node.options] : [])));
        return;
      }
      const target = graph.target(moduleIndex, "dynamic", source.value);
      const index = target?.kind === "module" ? target.index : -1;
      if (target?.kind === "api")
        path.replaceWith(t.callExpression(member(t.identifier("Promise"), "resolve"), [abi("api")]));
      else if (index < 0) path.replaceWith(abiCall("importing", source));
      else {
        const node = context.kind === "esm" && graph.usesNodeInterop(moduleIndex);
        path.replaceWith(abiCall("import", t.numericLiteral(index), t.booleanLiteral(node)));
      }
      path.skip();
    },
    MetaProperty(path) {
      if (path.node.meta.name !== "import" || isMetaUrl(path.parent)) return;
      path.replaceWith(abiCall("meta", t.numericLiteral(moduleIndex)));
      path.skip();
    },
    AwaitExpression(path) {
      if (kind !== "esm" && path.getFunctionParent() === null)
        context.error("TopLevelAwait", path.node, "Only an ES module can `await` at its top level");
    },
    ThisExpression(path) {
      if (kind === "esm" && ownerOfThis(path) === null) path.replaceWith(reference({ kind: "none" }));
    },
  });
  if (declared.size > 0) {
    const names = [...declared].map((name) => t.variableDeclarator(t.identifier(name)));
    ast.program.body.unshift(t.variableDeclaration("var", names));
  }

  /** `process.cwd()` throws the named error; `typeof process` tells that it is not there. */
  function replaceAbsent(path: NodePath<t.Identifier>, name: string): void {
    if (!isFree(path, name) || !isValuePosition(path) || isTarget(path)) return;
    if (t.isUnaryExpression(path.parent, { operator: "typeof" })) return;
    if (context.firstParty) {
      context.warn(
        "NodeGlobal",
        `\`${name}\` does not exist in a workflow: using it throws UnsupportedAtRunTime`,
        path.node,
      );
    }
    place(path, abiCall("absent", t.stringLiteral(name)));
  }

  function replaceIdentifier(path: NodePath<t.Identifier>, name: string): void {
    const { parent } = path;
    if (imports.has(name)) {
      if (isTarget(path)) context.error("SyntaxError", path.node, `The import "${name}" cannot be assigned`);
      place(path, reference(resolve(name)));
      return;
    }
    const global = globalName(moduleId, name);
    const checked = graph.mayBeUninitialised(moduleIndex, moduleIndex, name);
    const resolution: Resolution = { kind: "global", name: global, checked, local: name };
    if (!isTarget(path)) {
      place(path, reference(resolution));
      return;
    }
    const initialises = isInitialiser(path, made);
    const isConstant = syntax.mutable[name]!.kind === "const" && !initialises;
    if (t.isUnaryExpression(parent)) {
      // `delete x`, sloppy only.
      place(path, t.numericLiteral(0));
      return;
    }
    if (t.isAssignmentExpression(parent) && /^(=|&&=|\|\|=|\?\?=)$/.test(parent.operator)) {
      if (isAnonymousFunction(parent.right)) parent.right = named(name, parent.right);
    } else if (t.isAssignmentPattern(parent) && isAnonymousFunction(parent.right)) {
      parent.right = named(name, parent.right);
    }
    const writes = t.isAssignmentExpression(parent) || t.isUpdateExpression(parent);
    if (isConstant && writes) {
      path.parentPath!.replaceWith(constantWrite(parent, reference(resolution), name));
      return;
    }
    if ((isConstant || (checked && !initialises)) && !writes) {
      place(path, checkedTarget(global, name, checked, isConstant));
      return;
    }
    place(path, globalBinding(global));
    if (!checked || initialises || !writes) return;
    const check = checkInitialised(global, name);
    if (!t.isAssignmentExpression(parent, { operator: "=" })) {
      path.parentPath!.replaceWith(t.sequenceExpression([check, parent as t.Expression]));
      return;
    }
    // What is assigned is evaluated first.
    const value = t.arrayExpression([parent.right, check]);
    parent.right = t.memberExpression(value, t.numericLiteral(0), true);
  }

  /** `({ set v($v) { check; $k.g.x = $v; } }).v`: a target in a pattern or a loop's head whose write runs code. */
  function checkedTarget(global: string, name: string, checked: boolean, isConstant: boolean): t.Expression {
    const value = "$v";
    const parts: t.Expression[] = checked ? [checkInitialised(global, name)] : [];
    parts.push(
      isConstant
        ? abiCall("constAssign", t.stringLiteral(name))
        : t.assignmentExpression("=", globalBinding(global), t.identifier(value)),
    );
    const body = t.blockStatement(parts.map((part) => t.expressionStatement(part)));
    const setter = t.objectMethod("set", t.identifier("v"), [t.identifier(value)], body);
    stampMade(setter, "target", context);
    return t.memberExpression(t.objectExpression([setter]), t.identifier("v"));
  }
}

/** An assignment that `made` holds gives the name its first value: nothing is checked. */
function isInitialiser(path: NodePath, made: ReadonlySet<t.Node>): boolean {
  let at: NodePath = path;
  for (let up = at.parentPath; up !== null; at = up, up = up.parentPath) {
    if (up.isAssignmentExpression()) return at.key === "left" && made.has(up.node);
    const isPart = up.isObjectProperty() ? at.key === "value" : up.isAssignmentPattern() ? at.key === "left" : true;
    if (!isPart || !(up.isPattern() || up.isObjectProperty() || up.isRestElement())) return false;
  }
  return false;
}

/** A write to a constant: what it reads and computes, then the error. */
function constantWrite(
  node: t.AssignmentExpression | t.UpdateExpression,
  read: t.Expression,
  name: string,
): t.Expression {
  const fail = abiCall("constAssign", t.stringLiteral(name));
  if (t.isUpdateExpression(node)) return t.sequenceExpression([t.unaryExpression("-", read), fail]);
  const { operator, right } = node;
  // The dead zone is told before the error of the write.
  if (operator === "=") return t.sequenceExpression([right, read, fail]);
  if (operator === "&&=" || operator === "||=" || operator === "??=") {
    return t.logicalExpression(operator.slice(0, -1) as "&&", read, t.sequenceExpression([right, fail]));
  }
  return t.sequenceExpression([t.binaryExpression(operator.slice(0, -1) as "+", read, right), fail]);
}

const TYPEOF = { operator: "typeof" } as const;

const isCallee = (path: NodePath): boolean => path.key === "callee" && t.isCallExpression(path.parent);

/** `catch ({ name })`: from inside the pattern Babel's lookup does not see the names that it declares. */
function isOfCatchPattern(path: NodePath, name: string): boolean {
  const pattern = path.findParent((parent) => parent.isFunction() || (parent.isPattern() && parent.key === "param"));
  return pattern?.parentPath?.isCatchClause() === true && pattern.parentPath.scope.hasOwnBinding(name);
}

/** What gives `this` its value: a function that is no arrow, or a class around a field or static block; null at module level. */
function ownerOfThis(path: NodePath): NodePath | null {
  return path.findParent(
    (parent) =>
      (parent.isFunction() && !parent.isArrowFunctionExpression()) || isField(parent.node) || parent.isStaticBlock(),
  );
}

/** Puts an expression in an identifier's place; a call keeps `this` undefined. */
export function place(path: NodePath<t.Identifier>, expression: t.Expression): void {
  const { parent } = path;
  if (t.isObjectProperty(parent) && parent.shorthand) {
    parent.shorthand = false;
    parent.key = t.identifier(path.node.name);
  }
  const isCallee =
    ((t.isCallExpression(parent) || t.isOptionalCallExpression(parent)) && path.key === "callee") ||
    (t.isTaggedTemplateExpression(parent) && path.key === "tag");
  const bare = isCallee && t.isMemberExpression(expression);
  const value = bare ? t.sequenceExpression([t.numericLiteral(0), expression]) : expression;
  value.loc = path.node.loc ?? null;
  path.replaceWith(value);
  path.skip();
}

/** An identifier that reads or writes a variable, and is no key, label or declaration. */
export function isValuePosition(path: NodePath<t.Identifier>): boolean {
  const { parent, key } = path;
  if (t.isMemberExpression(parent) || t.isOptionalMemberExpression(parent)) return key === "object" || parent.computed;
  if (t.isObjectProperty(parent)) return key === "value" || parent.computed;
  if (t.isMethod(parent) || isField(parent)) {
    return key === "value" || (key === "key" && "computed" in parent && parent.computed === true);
  }
  if (t.isFunction(parent) || t.isClass(parent)) return key === "superClass" || key === "body";
  if (t.isVariableDeclarator(parent)) return key === "init";
  if (t.isLabeledStatement(parent) || t.isBreakStatement(parent) || t.isContinueStatement(parent)) return false;
  if (t.isPrivateName(parent) || t.isMetaProperty(parent) || t.isModuleSpecifier(parent)) return false;
  if (t.isImportOrExportDeclaration(parent)) return false;
  return !t.isCatchClause(parent);
}

/** The operand of an assignment, update, delete, loop head or pattern. */
export function isTarget(path: NodePath): boolean {
  const { parent, key, parentPath } = path;
  if (t.isAssignmentExpression(parent) || t.isAssignmentPattern(parent) || t.isForXStatement(parent))
    return key === "left";
  if (t.isUpdateExpression(parent) || t.isRestElement(parent) || t.isArrayPattern(parent)) return true;
  if (t.isUnaryExpression(parent, { operator: "delete" })) return true;
  return t.isObjectProperty(parent) && key === "value" && t.isObjectPattern(parentPath?.parent);
}

function isNodeEnv(node: t.MemberExpression): boolean {
  const { object, property } = node;
  if (!t.isMemberExpression(object) || !t.isIdentifier(object.object, { name: "process" })) return false;
  return isKey(object, "env") && isKey({ computed: node.computed, property } as t.MemberExpression, "NODE_ENV");
}

function isKey(node: t.MemberExpression, name: string): boolean {
  return node.computed ? t.isStringLiteral(node.property, { value: name }) : t.isIdentifier(node.property, { name });
}

function isMetaUrl(node: t.Node): boolean {
  return (
    t.isMemberExpression(node) &&
    isKey(node, "url") &&
    t.isMetaProperty(node.object) &&
    node.object.meta.name === "import"
  );
}
