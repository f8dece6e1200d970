/** A local of a suspending function, and the scopes that find it by its source name. */
import type { types as t } from "@babel/core";

type BindingKind = "parameter" | "var" | "let" | "const" | "class" | "function" | "catch" | "entry" | "self";

export interface Binding {
  /** As the source has it. */
  readonly name: string;
  kind: BindingKind;
  /** The name in the step function; unique there. */
  unique: string;
  /** Lives at the step function's top, and in the frame where it is live; else it stays inside native code. */
  readonly hoisted: boolean;
  /** Every identifier that stands for it. */
  readonly nodes: t.Identifier[];
  /** Run when the local is renamed: each lets an anonymous function keep the name that the source gives it. */
  readonly named: (() => void)[];
  /** Whether anything but its own declaration writes it. */
  reassigned: boolean;
  /** Some access may come before the declaration: it starts as the sentinel. */
  checked: boolean;
  /** The walk in source order has passed its declaration. */
  declared: boolean;
  /** The case of a `switch` that declares it: other cases cannot know whether it ran. */
  switchCase: t.SwitchCase | undefined;
}

export class Scope {
  readonly parent: Scope | undefined;
  /** Locals of this scope are hoisted to the step function. */
  readonly hoists: boolean;
  /** An inner function's: its locals stay as they are. */
  readonly inner: boolean;
  readonly bindings = new Map<string, Binding>();
  readonly functions: t.FunctionDeclaration[] = [];
  switchCase: t.SwitchCase | undefined;

  constructor(parent: Scope | undefined, hoists: boolean, inner: boolean) {
    this.parent = parent;
    this.hoists = hoists;
    this.inner = inner;
  }

  declare(name: string, kind: BindingKind, switchCase?: t.SwitchCase): Binding {
    const known = this.bindings.get(name);
    if (known) return known;
    const lexical = kind === "let" || kind === "const" || kind === "class";
    const binding: Binding = {
      name,
      kind,
      unique: name,
      hoisted: this.hoists,
      nodes: [],
      named: [],
      reassigned: false,
      checked: false,
      declared: !lexical,
      switchCase,
    };
    this.bindings.set(name, binding);
    return binding;
  }

  find(name: string): Binding | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const binding = scope.bindings.get(name);
      if (binding) return binding;
    }
    return undefined;
  }

  /** The switch case of the scope that holds `binding`, as the walk stands. */
  caseOf(binding: Binding): t.SwitchCase | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      if (scope.bindings.get(binding.name) === binding) return scope.switchCase;
    }
    return undefined;
  }
}

/** The names that a pattern binds or assigns. */
export function patternNames(pattern: t.Node): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "AssignmentPattern":
      return patternNames(pattern.left);
    case "RestElement":
      return patternNames(pattern.argument);
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? patternNames(element) : []));
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        patternNames(property.type === "ObjectProperty" ? property.value : property),
      );
    default:
      return [];
  }
}
