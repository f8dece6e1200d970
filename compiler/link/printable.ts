/** The last walk over a tree before it is printed: what the text needs beside the tree. */
import type { types as t } from "@babel/core";
import { eachNode } from "../diagnostics/each-node.ts";
import { setMark } from "./marks.ts";
import { parenthesizePatterns } from "./parentheses.ts";

/** `module`: names it in the marks of its functions; empty in code made at run time. */
export function makePrintable(root: t.Node, module: string): void {
  eachNode(root, (node) => {
    setMark(node, module);
    parenthesizePatterns(node);
  });
}
