/** The way from Program to a node, and which names the functions, blocks and classes on it bind. */
import { types as t } from "@babel/core";
import { patternNames, Scope } from "./bindings.ts";
import { declareVars, lexicalNames } from "./declarations.ts";

interface Ancestor {
  readonly node: t.Node;
  /** Where the next node of the way hangs. */
  readonly key: string;
  readonly index: number | undefined;
}

export class Ancestors {
  readonly path: Ancestor[] = [];
  readonly #names = new Map<t.Node, ReadonlySet<string>>();

  /** The parent of the node at hand. */
  get parent(): Ancestor {
    return this.path.at(-1)!;
  }

  /** Whether a scope between module level and the node at hand binds the name. */
  binds(name: string): boolean {
    return this.path.some(({ node }) => this.#bound(node).has(name));
  }

  /** The node at hand is in strict code because of what stands around it, the module apart. */
  isStrict(): boolean {
    return this.path.some(({ node }) => t.isClass(node) || (t.isFunction(node) && hasUseStrict(node)));
  }

  #bound(node: t.Node): ReadonlySet<string> {
    let names = this.#names.get(node);
    if (!names) {
      names = new Set(boundNames(node));
      this.#names.set(node, names);
    }
    return names;
  }
}

export function hasUseStrict(node: t.Function): boolean {
  return (
    t.isBlockStatement(node.body) && node.body.directives.some((directive) => directive.value.value === "use strict")
  );
}

function boundNames(node: t.Node): Iterable<string> {
  const scope = new Scope(undefined, false, false);
  if (t.isFunction(node)) {
    for (const parameter of node.params) for (const name of patternNames(parameter)) scope.declare(name, "parameter");
    if (t.isFunctionExpression(node) && node.id) scope.declare(node.id.name, "self");
    declareVars(scope, node.body);
  } else if (t.isClass(node)) {
    if (node.id) scope.declare(node.id.name, "class");
  } else return lexicalNames(node);
  return scope.bindings.keys();
}
