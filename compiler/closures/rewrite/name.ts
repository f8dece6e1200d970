/** The name that an anonymous function or class takes from what it is assigned to. */
import type { types as t } from "@babel/core";

/** A name known while compiling, or a property key in a temporary (made when it is first asked for). */
export type Name =
  | { readonly kind: "static"; readonly name: string }
  | { readonly kind: "key"; readonly key: () => t.Expression };
