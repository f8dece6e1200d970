/**
 * `using` and `await using` in terms of `try`: the resources of a scope are a plain record, so a suspension in their reach
 * can be saved.
 *
 *   { using a = open(); await using b = connect(); work(a, b); }
 *   →
 *   {
 *     const $u = $k.resources.open();
 *     try {
 *       const a = $k.resources.add($u, open());
 *       const b = $k.resources.addAsync($u, connect());
 *       work(a, b);
 *     } catch ($e) { $k.resources.failed($u, $e); }
 *     finally {
 *       while ($k.resources.next($u)) try { await $u.waits; } catch ($e) { $k.resources.failed($u, $e); }
 *       $k.resources.close($u);
 *     }
 *   }
 *
 * Without an `await using` the `finally` is `$k.resources.dispose($u)` alone. In the head of a `for` the whole loop is put
 * into such a block, in that of a `for…of` its body. A module's own declarations wait for modules/thread-body.ts.
 */
import { types as t } from "@babel/core";
import { SCRIPT_NAMES } from "../phase.ts";

/** What a program's top level still has to be put into: `withResources`. */
export interface TopLevelResources {
  readonly variable: string;
  readonly isAsync: boolean;
}

/** Lowers every declaration of the file; false when there is none. `names`: every name of the file; new ones are added. */
export function lowerUsing(ast: t.File, names: Set<string>): boolean {
  const lowering = new Lowering(names);
  lowering.program(ast.program);
  return lowering.isUsed;
}

/** The statements in a block that disposes of what they add to the variable. */
export function withResources(body: t.Statement[], { variable, isAsync }: TopLevelResources): t.Statement[] {
  const caught = (): t.CatchClause =>
    t.catchClause(
      t.identifier("$e"),
      t.blockStatement([t.expressionStatement(operation("failed", variable, t.identifier("$e")))]),
    );
  const waits = t.awaitExpression(t.memberExpression(t.identifier(variable), t.identifier("waits")));
  const turn = t.tryStatement(t.blockStatement([t.expressionStatement(waits)]), caught());
  const closing: t.Statement[] = isAsync
    ? [t.whileStatement(operation("next", variable), turn), t.expressionStatement(operation("close", variable))]
    : [t.expressionStatement(operation("dispose", variable))];
  const opened = t.variableDeclarator(t.identifier(variable), operation("open"));
  const attempt = t.tryStatement(t.blockStatement(body), caught(), t.blockStatement(closing));
  attempt.extra = { kawaitResources: true };
  return [t.variableDeclaration("const", [opened]), attempt];
}

/** `$k.resources.name($u, …)` */
function operation(name: string, variable?: string, ...values: t.Expression[]): t.CallExpression {
  const resources = t.memberExpression(t.identifier(SCRIPT_NAMES.abi), t.identifier("resources"));
  const first = variable === undefined ? [] : [t.identifier(variable)];
  return t.callExpression(t.memberExpression(resources, t.identifier(name)), [...first, ...values]);
}

type Using = t.VariableDeclaration & { kind: "using" | "await using" };

function isUsing(node: t.Node | null | undefined): node is Using {
  return t.isVariableDeclaration(node) && (node.kind === "using" || node.kind === "await using");
}

class Lowering {
  isUsed = false;
  readonly #names: Set<string>;

  constructor(names: Set<string>) {
    this.#names = names;
  }

  program(program: t.Program): void {
    this.#children(program);
    const resources = this.#declarations(program.body);
    if (resources === undefined) return;
    if (program.sourceType === "module") program.extra = { ...program.extra, kawaitResources: resources };
    else program.body = withResources(hoistFunctions(program.body), resources);
  }

  #visit(node: t.Node): t.Node {
    this.#children(node);
    switch (node.type) {
      case "BlockStatement":
      case "StaticBlock": {
        const resources = this.#declarations(node.body);
        if (resources !== undefined) node.body = withResources(node.body, resources);
        return node;
      }
      case "SwitchStatement": {
        const resources = this.#declarations(node.cases.flatMap((clause) => clause.consequent));
        return resources === undefined ? node : t.inherits(t.blockStatement(withResources([node], resources)), node);
      }
      case "ForStatement":
        return isUsing(node.init) ? this.#loop(node, node.init) : node;
      case "LabeledStatement": {
        // The loop was put into a block: its labels go in with it.
        const block = node.body as t.BlockStatement;
        const loop = block.extra?.kawaitLoop as t.Statement | undefined;
        if (loop === undefined) return node;
        node.body = loop;
        (block.body[1] as t.TryStatement).block.body = [node];
        block.extra = { ...block.extra, kawaitLoop: node };
        return block;
      }
      case "ForOfStatement":
        if (isUsing(node.left)) this.#forOf(node, node.left);
        return node;
      default:
        return node;
    }
  }

  #children(node: t.Node): void {
    const record = node as unknown as Record<string, unknown>;
    for (const key of t.VISITOR_KEYS[node.type] ?? []) {
      const value = record[key];
      if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) if (item) value[index] = this.#visit(item as t.Node);
      } else if (value) record[key] = this.#visit(value as t.Node);
    }
    // A function's own functions are there for all of its body, its `try` included.
    if (t.isFunction(node) && t.isBlockStatement(node.body)) {
      const [, attempt] = node.body.body;
      const isOpened = t.isTryStatement(attempt) && attempt.extra?.kawaitResources === true;
      if (isOpened) attempt.block.body = hoistFunctions(attempt.block.body);
    }
  }

  /** Turns the declarations of a list into constants; undefined when there is none. */
  #declarations(list: readonly t.Statement[]): TopLevelResources | undefined {
    const found = list.filter(isUsing);
    if (found.length === 0) return undefined;
    const resources = this.#resources(found);
    for (const declaration of found) this.#constants(declaration, resources.variable);
    return resources;
  }

  #resources(declarations: readonly Using[]): TopLevelResources {
    this.isUsed = true;
    let variable = "$u";
    for (let n = 1; this.#names.has(variable); n++) variable = `$u${n}`;
    this.#names.add(variable);
    return { variable, isAsync: declarations.some(({ kind }) => kind === "await using") };
  }

  #constants(declaration: Using, variable: string): void {
    const add = declaration.kind === "using" ? "add" : "addAsync";
    for (const declarator of declaration.declarations) {
      const value = declarator.init!;
      declarator.init = operation(add, variable, named(declarator.id, value));
      t.inherits(declarator.init, value);
    }
    (declaration as t.VariableDeclaration).kind = "const";
  }

  #loop(node: t.ForStatement, init: Using): t.Statement {
    const resources = this.#resources([init]);
    this.#constants(init, resources.variable);
    const block = t.inherits(t.blockStatement(withResources([node], resources)), node);
    block.extra = { ...block.extra, kawaitLoop: node };
    return block;
  }

  #forOf(node: t.ForOfStatement, left: Using): void {
    const resources = this.#resources([left]);
    const add = left.kind === "using" ? "add" : "addAsync";
    const name = (left.declarations[0]!.id as t.Identifier).name;
    (left as t.VariableDeclaration).kind = "const";
    const added = t.expressionStatement(operation(add, resources.variable, t.identifier(name)));
    node.body = t.inherits(t.blockStatement(withResources([added, node.body], resources)), node.body);
  }
}

/** An anonymous function takes the name of the declaration. */
function named(target: t.Node, value: t.Expression): t.Expression {
  const isAnonymous =
    t.isArrowFunctionExpression(value) || ((t.isFunctionExpression(value) || t.isClassExpression(value)) && !value.id);
  if (!isAnonymous || !t.isIdentifier(target)) return value;
  const holder = t.objectExpression([t.objectProperty(t.stringLiteral(target.name), value)]);
  return t.memberExpression(holder, t.stringLiteral(target.name), true);
}

/** `function f() {}` → `var f = function () {}` in front: in a block a function would be the block's. */
function hoistFunctions(list: readonly t.Statement[]): t.Statement[] {
  const functions = list.filter((statement) => t.isFunctionDeclaration(statement));
  const made = functions.map((node) => {
    const { name } = node.id!;
    // The node itself changes its type, so that its stamp and position stay.
    const value = node as t.Node as t.FunctionExpression;
    (value as t.Node as { type: string }).type = "FunctionExpression";
    value.id = null;
    return t.variableDeclaration("var", [t.variableDeclarator(t.identifier(name), value)]);
  });
  return [...made, ...list.filter((statement) => !t.isFunction(statement))];
}
