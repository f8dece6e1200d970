/**
 * The model of scope analysis: frames of execution, scopes, bindings, references.
 *
 * A *frame* is what runs as one activation (a function, a field initialiser, a static element, the module); a *scope* is
 * one environment of the language. A binding is *captured* when code of another frame mentions it: then it lives in its
 * scope's object. Boundary: facts about the source; nothing here knows what is emitted.
 */
import type { types as t } from "@babel/core";

export type FrameKind = "program" | "function" | "arrow" | "method" | "constructor" | "field" | "static";

export interface Frame {
  readonly kind: FrameKind;
  readonly node: t.Node;
  readonly parent: Frame | undefined;
  readonly strict: boolean;
  /** An async function or generator: its body is lifted out of the function by the frames phase. */
  readonly lifted: boolean;
  /** The class whose member this is. */
  readonly memberOf: ClassScope | undefined;
  /** The scope of the object literal whose method or accessor this is. */
  readonly literal: Scope | undefined;
  /** The body will not stand inside its class: native `super` and the class's inner name do not reach it. */
  readonly detached: boolean;
  readonly isStatic: boolean;
  /** Where the frame can first run, in the order of the walk: for a hoisted function the start of its block. */
  readonly order: number;
  /** Holds `this`, `arguments`, `new.target` and the parameters. */
  top: Scope;
}

export type ScopeKind =
  | "program"
  | "function"
  | "parameters"
  | "block"
  | "switch"
  | "loop"
  | "loopHead"
  | "catch"
  | "class"
  | "functionName"
  | "literal";

export interface Scope {
  readonly kind: ScopeKind;
  readonly node: t.Node;
  readonly parent: Scope | undefined;
  readonly frame: Frame;
  readonly bindings: Map<string, Binding>;
  readonly order: number;
  /** Evaluated exactly once, at load: its object is a constant of the module. */
  readonly once: boolean;
}

export interface ClassScope extends Scope {
  readonly kind: "class";
  readonly privates: Map<string, PrivateName>;
  /** Evaluated once, at load, where it is written: it stays native. */
  readonly moduleLevel: boolean;
  readonly derived: boolean;
}

export type BindingKind =
  | "var"
  | "function"
  | "let"
  | "const"
  | "class"
  | "parameter"
  | "catch"
  | "functionName"
  | "className"
  /** `this`, `arguments`, `new.target`, `super`, `class` and the like. */
  | "special";

export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  readonly scope: Scope;
  captured: boolean;
  /** Something other than its declaration assigns it. */
  assigned: boolean;
  /** From this place of the walk on it is initialised, for code of the same evaluation of its scope. */
  initialisedAt: number;
}

/** What one identifier (or `this`, `arguments`, …) means. */
export interface Reference {
  readonly binding: Binding;
  readonly frame: Frame;
  readonly order: number;
  /** Read where the parameter list is evaluated, before the scope object exists: the native parameter is meant. */
  readonly native: boolean;
  /** In the heritage or a computed key of the class whose name it mentions: may run before the class is there. */
  readonly early: boolean;
}

export interface PrivateName {
  readonly name: string;
  readonly kind: "field" | "method" | "accessor";
  readonly isStatic: boolean;
  readonly scope: ClassScope;
  hasGetter: boolean;
  hasSetter: boolean;
}

export interface Analysis {
  readonly scopes: Map<t.Node, Scope>;
  /** Own scopes of nodes that have two: the body's where parameters have one, the TDZ scope of a loop's head. */
  readonly innerScopes: Map<t.Node, Scope>;
  readonly frames: Map<t.Node, Frame>;
  /** The bindings that function and class declarations initialise. */
  readonly declared: Map<t.Node, Binding>;
  readonly references: Map<t.Node, Reference>;
  readonly privates: Map<t.Node, PrivateName>;
  /** By `super` node: what `this` means there; absent: native `this`. */
  readonly receivers: Map<t.Node, Reference>;
  /** By `super` of a direct `super()`: its constructor. */
  readonly constructors: Map<t.Node, Frame>;
  /** By constructor: the scope of the means to call `super()` from an arrow function; apart, for it cannot be saved. */
  readonly superCalls: Map<t.Node, Scope>;
  /** Classes whose first field fills the constructor's scope object with `this`. */
  readonly earlyThis: Set<t.Node>;
  /** `new.target` in field initialisers and static blocks. */
  readonly undefinedTargets: Set<t.Node>;
  /** Sloppy block functions that also set the `var` of their name when their declaration is evaluated (Annex B.3.3). */
  readonly blockFunctionVars: Map<t.Node, Binding>;
}

/** True when the value at this reference cannot be the TDZ sentinel. */
export function isInitialised(reference: Reference): boolean {
  const { binding } = reference;
  switch (binding.kind) {
    case "var":
    case "function":
    case "functionName":
    case "catch":
      return true;
    case "special":
      return binding.name !== "this" || binding.initialisedAt === 0;
    case "className":
      return !reference.early;
    default:
      break;
  }
  if (binding.initialisedAt === 0) return true;
  if (binding.scope.kind === "switch" || binding.scope.kind === "loopHead") return false;
  let order = reference.order;
  for (let frame: Frame | undefined = reference.frame; frame && frame !== binding.scope.frame; frame = frame.parent)
    order = frame.order;
  return order >= binding.initialisedAt;
}
