/**
 * esbuild resolves; of the formats that it writes, the one that takes sloppy code takes no top-level `await`. What it
 * writes is dropped, so it is shown such modules without the keyword, at the same places:
 *
 *   const rate = await fetchRate(); for await (const x of y) {}   →   const rate = void  fetchRate(); for       (const x of y) {}
 */
import { parseSync, types as t } from "@babel/core";

/** The text with other words where a top-level `await` stands. Text that Babel cannot parse is given back as it is. */
export function hideTopLevelAwait(source: string, language: "javascript" | "typescript"): string {
  let program: t.Program;
  try {
    const plugins = [...(language === "typescript" ? ["typescript"] : []), "decorators", "decoratorAutoAccessors"];
    const file = parseSync(source, {
      configFile: false,
      babelrc: false,
      browserslistConfigFile: false,
      sourceType: "module",
      parserOpts: { plugins, createImportExpressions: true },
    } as Parameters<typeof parseSync>[1]) as t.File;
    program = file.program;
  } catch {
    return source;
  }
  let text = source;
  const replace = (at: number, word: string): void => {
    text = text.slice(0, at) + word + text.slice(at + "await".length);
  };
  const visit = (node: t.Node): void => {
    const start = node.start ?? 0;
    if (node.type === "AwaitExpression") replace(start, "void ");
    else if (node.type === "ForOfStatement" && node.await) replace(source.indexOf("await", start), "     ");
    else if (node.type === "VariableDeclaration" && node.kind === "await using") replace(start, "     ");
    for (const key of t.VISITOR_KEYS[node.type] ?? []) {
      if (t.isFunction(node) && !(key === "key" && "computed" in node && node.computed)) continue;
      const value = (node as unknown as Record<string, unknown>)[key];
      for (const child of Array.isArray(value) ? value : [value]) if (child) visit(child as t.Node);
    }
  };
  visit(program);
  return text;
}
