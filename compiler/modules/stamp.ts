/** Ids for functions that this phase makes; those of the source have theirs from parse/. */
import type { types as t } from "@babel/core";
import { digest } from "../parse/index.ts";
import type { ModuleContext } from "../phase.ts";

/** `body`: the hash of what the function does, where its name does not say it. */
export function stampMade(node: t.Node, name: string, context: ModuleContext, body?: string): void {
  const id = context.ids.derive(context.moduleId, name);
  node.extra = { ...node.extra, kawaitId: id, kawaitBody: body ?? digest(id) };
}
