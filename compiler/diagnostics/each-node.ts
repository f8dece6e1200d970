/** Calls `visit` for every node of a tree, parents first, without the cost of scopes. */
import { types as t } from "@babel/core";

export function eachNode(root: t.Node, visit: (node: t.Node) => void): void {
  const stack: t.Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    visit(node);
    const record = node as unknown as Record<string, unknown>;
    const keys = t.VISITOR_KEYS[node.type] ?? [];
    for (let index = keys.length - 1; index >= 0; index--) {
      const value = record[keys[index]!];
      if (Array.isArray(value)) {
        for (let item = value.length - 1; item >= 0; item--) if (value[item] != null) stack.push(value[item]);
      } else if (value != null) stack.push(value as t.Node);
    }
  }
}
