/**
 * Global code: what a script declares at its top belongs to the global environment, which other scripts share.
 *
 *   var a = 1; function f() {}   let b = 2; class C {}   b++;
 *   →
 *   $k.declareFunction("f", { f: function () {} }.f);   // first of all
 *   a = 1;                       $start.b = 2; $start.C = class C {};   $lexical.b++;
 *
 * `var` and functions are properties of the global object, so their names stay as they are. `let`, `const` and classes
 * are native bindings beside the script (wrap.ts) behind two objects: `$start` initialises, `$lexical` reads and writes
 * and knows the dead zone and constants. All of it stands in one function, so that the functions of a script are made by
 * the thread that runs it.
 */
import { type NodePath, types as t, traverse } from "@babel/core";
import { unlabelled, varDeclarations } from "../closures/analysis/declarations.ts";
import { assignDeclared } from "../modules/declarations.ts";
import { isTarget, isValuePosition, place } from "../modules/names.ts";
import { isAnonymousFunction, named } from "../modules/naming.ts";
import { abiCall, globalArguments, member, seesGlobalArguments } from "../modules/reference.ts";
import type { ModuleContext } from "../phase.ts";

export interface GlobalNames {
  /** In order: functions, `var`, functions of blocks (Annex B.3.3). */
  readonly vars: readonly string[];
  readonly lexical: readonly { readonly name: string; readonly isConstant: boolean }[];
  /** Names of the two objects before the lexical bindings. */
  readonly lexicalObject: string;
  readonly startObject: string;
}

/** Replaces the declarations at the top of a script, in place. */
export function declareGlobals(program: NodePath<t.Program>, ast: t.File, context: ModuleContext): GlobalNames {
  const { node } = program;
  const functions = takeFunctions(node);
  const blockVars = context.strict ? [] : nameBlockFunctions(node, functions);
  const bindings = { ...program.scope.bindings };
  const { vars } = varDeclarations(node.body);
  const lexical = lexicalNames(node);
  const isLexical = new Set(lexical.map(({ name }) => name));
  const lexicalObject = context.uniqueName("lexical");
  const startObject = context.uniqueName("start");
  const initialisers = new Set<t.Node>();
  const declarations = functions.map(({ name, value }) =>
    t.expressionStatement(abiCall("declareFunction", t.stringLiteral(name), named(name, value))),
  );
  node.body.unshift(...declarations);

  const isOwn = (path: NodePath, name: string): boolean =>
    isLexical.has(name) &&
    path.scope.getBinding(name) === bindings[name] &&
    !isInsideClass(path, bindings[name]!.path.node);

  const isOfGlobalObject = (path: NodePath, name: string): boolean =>
    !isLexical.has(name) && path.scope.getBinding(name) === bindings[name] && seesGlobalArguments(path);

  /** Of another script, perhaps its constant: the engine knows no constants among lexical bindings of units. */
  const isFree = (path: NodePath, name: string): boolean =>
    name !== "undefined" && name !== "arguments" && bindings[name] === undefined && !path.scope.hasBinding(name, true);

  traverse(ast, {
    VariableDeclaration(path) {
      const change = assignDeclared(path, (name) => path.scope.getBinding(name) === bindings[name]);
      if (change === null) return;
      const { replacement } = change;
      for (const one of change.initialisers) initialisers.add(one);
      if (replacement === null) (path.parent as t.ForStatement).init = null;
      else if (!Array.isArray(replacement)) path.replaceWith(replacement as t.Node);
      else if (replacement.length === 0) path.replaceWith(t.emptyStatement());
      else path.replaceWithMultiple(replacement);
    },
    ClassDeclaration: {
      exit(path) {
        if (path.parent.type !== "Program") return;
        const { id } = path.node;
        const made = asExpression(path.node);
        path.replaceWith(t.expressionStatement(assign(startObject, id!.name, made)));
        path.skip();
      },
    },
    AssignmentExpression(path) {
      const { left, right } = path.node;
      if (!t.isIdentifier(left) || !isFree(path, left.name)) return;
      const value = isAnonymousFunction(right) ? named(left.name, right) : right;
      path.node.right = abiCall("assigned", t.stringLiteral(left.name), value);
    },
    UpdateExpression(path) {
      const { argument } = path.node;
      if (!t.isIdentifier(argument) || !isFree(path, argument.name)) return;
      path.replaceWith(t.sequenceExpression([abiCall("assigned", t.stringLiteral(argument.name)), path.node]));
      path.skip();
    },
    Identifier(path) {
      const { name } = path.node;
      if (!isValuePosition(path)) return;
      if (name === "arguments" && isOfGlobalObject(path, name)) {
        placeGlobalArguments(path);
        return;
      }
      if (!isOwn(path, name)) return;
      const { parent } = path;
      const assignment = isTarget(path) ? assignmentAround(path) : null;
      const starts = assignment !== null && initialisers.has(assignment);
      if (
        t.isAssignmentExpression(parent) &&
        parent.left === path.node &&
        /^(=|&&=|\|\|=|\?\?=)$/.test(parent.operator)
      ) {
        if (isAnonymousFunction(parent.right)) parent.right = named(name, parent.right);
      } else if (t.isAssignmentPattern(parent) && parent.left === path.node && isAnonymousFunction(parent.right)) {
        parent.right = named(name, parent.right);
      }
      const object = t.identifier(starts ? startObject : lexicalObject);
      object.extra = { kawaitConstant: true };
      place(path, member(object, name));
    },
  });
  const names = new Set([...functions.map(({ name }) => name), ...vars, ...blockVars]);
  return { vars: [...names], lexical, lexicalObject, startObject };
}

/** Takes function declarations out of the body: of those with one name the last. */
function takeFunctions(program: t.Program): { name: string; value: t.Expression }[] {
  const found = new Map<string, t.FunctionDeclaration>();
  for (const statement of program.body) {
    const inner = unlabelled(statement);
    if (inner.type !== "FunctionDeclaration") continue;
    found.delete(inner.id!.name);
    found.set(inner.id!.name, inner);
  }
  program.body = program.body.map((statement) =>
    unlabelled(statement).type === "FunctionDeclaration" ? t.emptyStatement() : statement,
  );
  return [...found].map(([name, node]) => ({ name, value: asExpression(node) }));
}

/** The node itself changes its type, so that its stamp and position stay. A function loses its name of its own. */
function asExpression(node: t.FunctionDeclaration | t.ClassDeclaration): t.Expression {
  const changed = node as t.Node as { type: string; id: t.Identifier | null };
  if (node.type === "FunctionDeclaration") {
    changed.type = "FunctionExpression";
    changed.id = null;
  } else changed.type = "ClassExpression";
  return node as t.Node as t.Expression;
}

/**
 * A function in a block of sloppy global code sets the global variable of its name when its declaration is evaluated:
 * said in so many words, and marked so that no later phase says it again.
 */
function nameBlockFunctions(program: t.Program, functions: readonly { name: string }[]): string[] {
  const names: string[] = [];
  const { blockFunctions } = varDeclarations(program.body);
  const own = new Set(functions.map(({ name }) => name));
  const assignments = new Map<t.Node, t.Statement>();
  for (const { node, shadowed } of blockFunctions) {
    const { name } = node.id!;
    node.extra = { ...node.extra, kawaitGlobal: true };
    if (shadowed.has(name)) continue;
    if (!own.has(name)) names.push(name);
    const value = t.identifier(name);
    assignments.set(node, t.expressionStatement(abiCall("setGlobal", t.stringLiteral(name), value)));
  }
  if (assignments.size > 0) insertAfter(program, assignments);
  return names;
}

/** Puts each statement behind the declaration that it belongs to. */
function insertAfter(node: t.Node, assignments: ReadonlyMap<t.Node, t.Statement>): void {
  const record = node as unknown as Record<string, t.Node | t.Node[] | null | undefined>;
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const value = record[key];
    if (Array.isArray(value)) {
      for (const child of value) if (child) insertAfter(child, assignments);
      record[key] = value.flatMap((child) => {
        const after = child && assignments.get(unlabelled(child as t.Statement));
        return after ? [child, after] : [child];
      });
    } else if (value) {
      insertAfter(value, assignments);
      const after = assignments.get(value);
      // `if (x) function f() {}` is as if a block stood around the function.
      if (after) record[key] = t.blockStatement([value as t.Statement, after]);
    }
  }
}

function lexicalNames(program: t.Program): { name: string; isConstant: boolean }[] {
  const found: { name: string; isConstant: boolean }[] = [];
  for (const statement of program.body) {
    if (statement.type === "ClassDeclaration") found.push({ name: statement.id!.name, isConstant: false });
    if (statement.type !== "VariableDeclaration" || statement.kind === "var") continue;
    const isConstant = statement.kind !== "let";
    for (const name of Object.keys(t.getBindingIdentifiers(statement, false, true))) found.push({ name, isConstant });
  }
  return found;
}

/** The function that the script becomes may have an `arguments` of its own. */
function placeGlobalArguments(path: NodePath<t.Identifier>): void {
  const { parent } = path;
  const isRead = !isTarget(path) && !t.isUnaryExpression(parent, { operator: "typeof" });
  place(path, globalArguments(isRead));
  const readsFirst = t.isUpdateExpression(parent) || (t.isAssignmentExpression(parent) && parent.operator !== "=");
  if (!readsFirst || isRead) return;
  path.parentPath!.replaceWith(t.sequenceExpression([globalArguments(true), parent]));
  path.parentPath!.skip();
}

/** Inside a class its name is a binding of the class's own. */
function isInsideClass(path: NodePath, declaration: t.Node): boolean {
  return declaration.type === "ClassDeclaration" && path.findParent((parent) => parent.node === declaration) !== null;
}

/** The assignment whose target, or part of it, this is; null for the target of anything else. */
function assignmentAround(path: NodePath): t.Node | null {
  let part: NodePath = path;
  while (part.parentPath && PATTERNS.has(part.parent.type)) part = part.parentPath;
  return part.key === "left" && part.parentPath?.isAssignmentExpression() ? part.parent : null;
}

const PATTERNS = new Set(["ArrayPattern", "ObjectPattern", "ObjectProperty", "RestElement", "AssignmentPattern"]);

function assign(object: string, name: string, value: t.Expression): t.Expression {
  return t.assignmentExpression("=", member(t.identifier(object), name), value);
}
