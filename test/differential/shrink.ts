/** Makes a program that differs smaller: parts are dropped or replaced as long as it still differs in the same mode. */
import { generate, parseSync, types as t } from "@babel/core";

const options = {
  configFile: false as const,
  babelrc: false as const,
  sourceType: "script" as const,
  parserOpts: { allowReturnOutsideFunction: true, allowAwaitOutsideFunction: true },
};

type Place = { readonly node: t.Node; readonly key: string; readonly index: number | undefined };

/** @param differs whether a candidate still shows the difference; one that is no valid program does not. */
export async function shrink(body: string, differs: (body: string) => Promise<boolean>, budget = 400): Promise<string> {
  // In the printer's own layout, so that lengths can be compared.
  let best = generate(parseSync(body, options) as t.File, { comments: false }).code;
  for (let isSmaller = true; isSmaller && budget > 0; ) {
    isSmaller = false;
    for (let at = 0; budget > 0; ) {
      const candidate = without(best, at);
      if (candidate === undefined) break;
      budget--;
      if (candidate.length < best.length && (await differs(candidate).catch(() => false))) {
        best = candidate;
        isSmaller = true;
      } else at++;
    }
  }
  return best;
}

/** The program with its `at`-th removable part gone, largest parts first; undefined when there are no more. */
function without(body: string, at: number): string | undefined {
  const file = parseSync(body, options) as t.File;
  const places: (Place & { size: number; replace: () => void })[] = [];
  t.traverseFast(file.program, (node) => {
    for (const key of t.VISITOR_KEYS[node.type] ?? []) {
      const value = (node as unknown as Record<string, unknown>)[key];
      if (Array.isArray(value)) {
        for (const [index, child] of value.entries()) {
          if (!child || child.type === "TemplateElement") continue;
          const size = child.end! - child.start!;
          places.push({ node, key, index, size, replace: () => void value.splice(index, 1) });
          for (const inner of substitutes(child))
            places.push({ node, key, index, size: size - 1, replace: () => void Reflect.set(value, index, inner) });
        }
      } else if (value && t.isExpression(value as t.Node)) {
        const child = value as t.Expression;
        const holder = node as unknown as Record<string, unknown>;
        for (const inner of substitutes(child))
          places.push({
            node,
            key,
            index: undefined,
            size: child.end! - child.start!,
            replace: () => void Reflect.set(holder, key, inner),
          });
      }
    }
  });
  places.sort((a, b) => b.size - a.size);
  const place = places[at];
  if (place === undefined) return undefined;
  place.replace();
  return generate(file, { comments: false }).code;
}

/** What may stand in a node's place: parts of it, and something short. */
function substitutes(node: t.Node): t.Node[] {
  if (t.isStatement(node)) {
    if (t.isBlockStatement(node)) return [];
    const inner: t.Node[] = [];
    if (t.isIfStatement(node) || t.isLoop(node) || t.isTryStatement(node) || t.isLabeledStatement(node)) {
      const body = t.isTryStatement(node) ? node.block : t.isIfStatement(node) ? node.consequent : node.body;
      inner.push(body);
    }
    return inner;
  }
  if (!t.isExpression(node) || t.isIdentifier(node) || t.isLiteral(node) || t.isFunction(node)) return [];
  const parts: t.Node[] = [];
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const value = (node as unknown as Record<string, t.Node | t.Node[] | null>)[key];
    for (const part of Array.isArray(value) ? value : [value]) if (part && t.isExpression(part)) parts.push(part);
  }
  return [...parts, t.numericLiteral(1)];
}
