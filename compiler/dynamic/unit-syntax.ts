import type { types as t } from "@babel/core";

/** What the text of a request becomes before the phases. */
export interface UnitSyntax {
  readonly ast: t.File;
  readonly strict: boolean;
  /** As in `CodeUnitText`. */
  readonly declarations: string;
}
