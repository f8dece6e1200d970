/**
 * One walk over a module as its author wrote it (types gone). It stamps every function and class with its id and body
 * hash, and collects what the tables need of the text: names, strings, key lists of object literals.
 *
 *   const api = { async book(trip) { return legs.map((leg) => reserve(leg)); } };
 *   // ids: a.ts#book, a.ts#book.map(0)
 *
 * Ids are stable under edits elsewhere (I6): a name comes from the function itself, its binding or property, else from
 * the call it is an argument of, else its ordinal among siblings of one kind; duplicates get `~n`. The body hash is of
 * the syntax tree without positions, nested functions replaced by their ids.
 */
import { createHash } from "node:crypto";
import { types as t } from "@babel/core";
import type { FunctionSpan } from "#protocol";
import type { Stamp } from "../phase.ts";
import { functionName, nameInStacks } from "./function-name.ts";

export interface ModuleText {
  /** Every identifier of the module, bound or free. */
  readonly names: ReadonlySet<string>;
  /** Property names and string literals, in order of appearance. */
  readonly strings: ReadonlySet<string>;
  /** Key lists of object literals. */
  readonly shapes: readonly (readonly string[])[];
  /** Every id given out, for `IdAllocator.derive`. */
  readonly ids: ReadonlySet<string>;
  /** Where functions and classes stand, by mark (`node.extra.kawaitMark`). */
  readonly spans: readonly FunctionSpan[];
}

/** Longer strings are prose: saved as themselves. */
const STRING_CHARACTERS_MAX = 100;
const SHAPE_KEYS_MAX = 64;

/** Fields of a node that say where it stands or how it was written, and not what it means. */
const SKIPPED_FIELDS = new Set([
  "typeAnnotation",
  "typeParameters",
  "typeArguments",
  "returnType",
  "comments",
  "tokens",
  "errors",
  "interpreter",
]);
const fieldsByType = new Map<string, readonly string[]>();

interface Container {
  readonly id: string;
  /** What a stack calls the class whose element this is. */
  readonly className: string;
  /** Ordinals by kind, of functions that have no name of any sort. */
  readonly ordinals: Map<string, number>;
}

export function identify(ast: t.File, moduleId: string, source: string): ModuleText {
  const names = new Set<string>();
  const strings = new Set<string>();
  const shapes: string[][] = [];
  const ids = new Set<string>();
  const spans: FunctionSpan[] = [];

  /** Appends the normal form of `node` to `form`. */
  function walk(node: t.Node, parent: t.Node | null, key: string, container: Container, form: string[]): void {
    if (t.isFunction(node) || t.isClass(node)) {
      const id = allocate(node, parent, key, container);
      const own: string[] = [];
      const name = nameInStacks(node, parent, key, container.className);
      const stamp: Stamp = { kawaitId: id, kawaitBody: "" };
      if (node.end != null) stamp.kawaitMark = spans.push([startOf(node, source), node.end, name]) - 1;
      walkFields(node, { id, className: t.isClass(node) ? name : "", ordinals: new Map() }, own);
      stamp.kawaitBody = digest(own.join(""));
      node.extra = { ...node.extra, ...stamp };
      form.push("(id ", id, ")");
      return;
    }
    collect(node, parent, key);
    walkFields(node, container, form);
  }

  function walkFields(node: t.Node, container: Container, form: string[]): void {
    form.push("(", node.type);
    const record = node as unknown as Record<string, unknown>;
    for (const field of fieldsOf(node.type)) {
      const value = record[field];
      if (value === undefined || value === null || value === false) continue;
      form.push(" ", field, ":");
      if (Array.isArray(value)) {
        value.forEach((item, index) => {
          if (isNode(item)) walk(item, node, `${field}.${index}`, container, form);
          else form.push(",");
        });
      } else if (isNode(value)) walk(value, node, field, container, form);
      else form.push(typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? ""));
    }
    form.push(")");
  }

  function allocate(node: t.Function | t.Class, parent: t.Node | null, key: string, container: Container): string {
    let name = functionName(node, parent, key);
    if (name === null) {
      const kind = t.isClass(node) ? "class" : t.isArrowFunctionExpression(node) ? "arrow" : "function";
      const ordinal = container.ordinals.get(kind) ?? 0;
      container.ordinals.set(kind, ordinal + 1);
      name = `${kind}:${ordinal}`;
    }
    const base = container.id === moduleId ? `${moduleId}#${name}` : `${container.id}.${name}`;
    let id = base;
    for (let n = 2; ids.has(id); n++) id = `${base}~${n}`;
    ids.add(id);
    if ("id" in node && t.isIdentifier(node.id)) names.add(node.id.name);
    if ((t.isObjectMethod(node) || t.isClassMethod(node)) && !node.computed) addKey(node.key);
    return id;
  }

  function addKey(key: t.Node): void {
    if (t.isIdentifier(key)) strings.add(key.name);
    else if (t.isStringLiteral(key) && key.value.length <= STRING_CHARACTERS_MAX) strings.add(key.value);
  }

  function collect(node: t.Node, parent: t.Node | null, key: string): void {
    switch (node.type) {
      case "Identifier":
        names.add(node.name);
        if (isPropertyName(parent, key)) strings.add(node.name);
        break;
      case "StringLiteral":
        if (node.value.length <= STRING_CHARACTERS_MAX && !t.isImportOrExportDeclaration(parent))
          strings.add(node.value);
        break;
      case "ObjectExpression": {
        const keys = literalKeys(node);
        if (keys !== null) shapes.push(keys);
        break;
      }
    }
  }

  const form: string[] = [];
  walkFields(ast.program, { id: moduleId, className: "", ordinals: new Map() }, form);
  // For modules that run in the thread: their top level is a function then.
  ast.program.extra = { ...ast.program.extra, kawaitBody: digest(form.join("")) };
  return { names, strings, shapes, ids, spans };
}

/** A method's text begins behind `static`. */
function startOf(node: t.Function | t.Class, source: string): number {
  const start = node.start!;
  if (!("static" in node) || node.static !== true) return start;
  const before = /^static(?:\s|\/\*[\s\S]*?\*\/|\/\/.*)*/.exec(source.slice(start, node.key.start ?? node.end!));
  return start + (before?.[0].length ?? 0);
}

function isPropertyName(parent: t.Node | null, key: string): boolean {
  if (parent === null) return false;
  if (t.isMemberExpression(parent) || t.isOptionalMemberExpression(parent))
    return key === "property" && !parent.computed;
  return (t.isObjectProperty(parent) || t.isClassProperty(parent)) && key === "key" && !parent.computed;
}

/** Null where the keys are not known beforehand, or are those of an array. */
function literalKeys(node: t.ObjectExpression): string[] | null {
  const keys = new Set<string>();
  for (const property of node.properties) {
    if (t.isSpreadElement(property) || property.computed) return null;
    if (t.isIdentifier(property.key)) keys.add(property.key.name);
    else if (t.isStringLiteral(property.key)) keys.add(property.key.value);
    else return null;
  }
  // `{ __proto__: x }` sets the prototype.
  if (keys.size === 0 || keys.size > SHAPE_KEYS_MAX || keys.has("__proto__")) return null;
  return [...keys];
}

function fieldsOf(type: string): readonly string[] {
  let fields = fieldsByType.get(type);
  if (fields === undefined) {
    fields = Object.keys(t.NODE_FIELDS[type] ?? {}).filter((field) => !SKIPPED_FIELDS.has(field));
    fieldsByType.set(type, fields);
  }
  return fields;
}

function isNode(value: unknown): value is t.Node {
  return typeof value === "object" && value !== null && typeof (value as t.Node).type === "string";
}

/** 64 bits tell an edited body from an unedited one of the same id. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
