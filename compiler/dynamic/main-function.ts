/** The function that runs a unit: whatever its text declares is local to it. */
import { types as t } from "@babel/core";

/** A name that no identifier of the text can be. */
export function freeName(base: string, text: string): string {
  let name = base;
  while (text.includes(name)) name = `$${name}`;
  return name;
}

export function mainFunction(text: string, body: t.Statement[], directives: t.Directive[] = []): t.FunctionDeclaration {
  return t.functionDeclaration(t.identifier(freeName("$main", text)), [], t.blockStatement(body, directives));
}
