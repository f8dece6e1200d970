/** Definitions: a maker at module level over exactly the scope objects that a function uses, and its creation. */
import { types as t } from "@babel/core";
import type { ScopeObject } from "./boundary.ts";
import { abi, call, declare, id } from "./nodes.ts";
import type { Rewriter } from "./rewriter.ts";

/** `const $d4 = $k.def(4, ($s0) => function)`; gives the creation `$d4($s0)`. */
export function define(
  r: Rewriter,
  index: number,
  needs: readonly ScopeObject[],
  made: t.Expression,
  strict: boolean,
): t.CallExpression {
  r.context.setScopes(
    index,
    needs.map((object) => object.layout),
  );
  const maker = makerOf(
    r,
    needs.map((object) => object.variable),
    made,
    strict,
  );
  const creator = r.context.uniqueName("d");
  r.context.hoist(declare("const", creator, abi("def", t.numericLiteral(index), maker)));
  return call(id(creator), ...needs.map((object) => r.use(object)));
}

/** A strict function's maker in a sloppy module says so itself: the function's own parameters may forbid a directive. */
export function makerOf(r: Rewriter, parameters: readonly string[], made: t.Expression, strict: boolean) {
  if (!strict || r.context.strict) return t.arrowFunctionExpression(parameters.map(id), made);
  const directive = t.directive(t.directiveLiteral("use strict"));
  return t.arrowFunctionExpression(parameters.map(id), t.blockStatement([t.returnStatement(made)], [directive]));
}
