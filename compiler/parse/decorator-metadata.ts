/**
 * `emitDecoratorMetadata`: what TypeScript tells decorators of types, by their syntax, as a decorator that is applied first.
 *
 *   class Trip { constructor(private rates: Rates) {} @log book(id: string): Promise<void> {} }
 *   →
 *   @log
 *   @$k.metadata("design:type", Function) @$k.metadata("design:paramtypes", [String]) @$k.metadata("design:returntype", Promise)
 *   book(id) {}
 *
 * Boundary: one file. A type that another one declares, and a global one, counts by what its name is when the class is
 * evaluated: a function or class is told, anything else is `Object`. So an imported enum is `Object`, where TypeScript, which
 * reads all files, says `Number`.
 */
import { types as t } from "@babel/core";
import { eachNode } from "../diagnostics/each-node.ts";
import { SCRIPT_NAMES } from "../phase.ts";

/** Before types are stripped. `strictNulls`: `null` and `undefined` are types of their own. */
export function addDecoratorMetadata(ast: t.File, strictNulls: boolean): void {
  const writer = new TypeWriter(declarationsOf(ast.program), strictNulls);
  eachNode(ast.program, (node) => {
    if (t.isClass(node)) addToClass(node, writer);
  });
}

/** Sources of the imports that metadata names and nothing else may: they are modules of the program like any other. */
export function metadataImports(ast: t.File, strictNulls: boolean): readonly string[] {
  const writer = new TypeWriter(declarationsOf(ast.program), strictNulls);
  eachNode(ast.program, (node) => {
    if (t.isClass(node)) addToClass(node, writer);
  });
  return ast.program.body.flatMap((statement) => {
    if (!t.isImportDeclaration(statement) || statement.importKind === "type") return [];
    return statement.specifiers.some(({ local }) => writer.named.has(local.name)) ? [statement.source.value] : [];
  });
}

/** Whether the lowering puts a decorator behind all others. */
export function isMetadata(decorator: t.Expression): boolean {
  return t.isCallExpression(decorator) && decorator.extra?.kawaitMetadata === true;
}

type Method = t.ClassMethod | t.ClassPrivateMethod;
type Parameter = t.Node;

function addToClass(node: t.Class, writer: TypeWriter): void {
  const maker = node.body.body.find((member) => t.isClassMethod(member, { kind: "constructor" })) as
    | t.ClassMethod
    | undefined;
  const isDecorated = (node.decorators?.length ?? 0) > 0 || (maker !== undefined && hasDecorators(maker));
  writer.inClass(node, () => {
    if (isDecorated && maker !== undefined) {
      node.decorators ??= [];
      node.decorators.push(metadata("paramtypes", writer.parameters(maker.params)));
    }
    for (const member of node.body.body) addToMember(node, member, writer);
  });
}

function addToMember(owner: t.Class, member: t.ClassBody["body"][number], writer: TypeWriter): void {
  if (t.isClassProperty(member)) {
    if (!member.decorators?.length) return;
    member.decorators.push(metadata("type", writer.annotated(member.typeAnnotation)));
    return;
  }
  if (!t.isClassMethod(member) || member.kind === "constructor" || !hasDecorators(member)) return;
  member.decorators ??= [];
  if (member.kind === "method") {
    member.decorators.push(
      metadata("type", t.identifier("Function")),
      metadata("paramtypes", writer.parameters(member.params)),
      metadata("returntype", writer.returned(member)),
    );
    return;
  }
  const [getter, setter] = (["get", "set"] as const).map((kind) => accessor(owner, member, kind));
  const type = typeOf(setter?.params[0]) ?? getter?.returnType;
  member.decorators.push(
    metadata("type", writer.annotated(type)),
    metadata("paramtypes", writer.parameters(setter?.params ?? [])),
  );
}

function accessor(owner: t.Class, { key, static: isStatic }: t.ClassMethod, kind: "get" | "set"): Method | undefined {
  return owner.body.body.find(
    (member) =>
      t.isClassMethod(member, { kind }) &&
      (member.static === true) === (isStatic === true) &&
      t.isNodesEquivalent(member.key, key),
  ) as Method | undefined;
}

function hasDecorators(member: t.ClassMethod): boolean {
  const isDecorated = (node: t.Node): boolean =>
    ((node as { decorators?: unknown[] | null }).decorators?.length ?? 0) > 0;
  return isDecorated(member) || member.params.some(isDecorated);
}

function metadata(kind: "type" | "paramtypes" | "returntype", value: t.Expression): t.Decorator {
  const callee = t.memberExpression(t.identifier(SCRIPT_NAMES.abi), t.identifier("metadata"));
  const call = t.callExpression(callee, [t.stringLiteral(`design:${kind}`), value]);
  call.extra = { kawaitMetadata: true };
  return t.decorator(call);
}

/** The annotation of a parameter, under its default, its `private`, its `...`. */
function typeOf(parameter: Parameter | undefined): t.Node | null | undefined {
  if (t.isTSParameterProperty(parameter)) return typeOf(parameter.parameter);
  if (t.isAssignmentPattern(parameter)) return typeOf(parameter.left);
  return (parameter as { typeAnnotation?: t.Node | null } | undefined)?.typeAnnotation;
}

/** What a name means to types, as far as the file tells. */
type Declaration =
  | { readonly kind: "class" | "interface" | "import" }
  | { readonly kind: "enum"; readonly node: t.TSEnumDeclaration }
  | { readonly kind: "alias" | "parameter"; readonly type: t.Node | null | undefined };

function declarationsOf(program: t.Program): ReadonlyMap<string, Declaration> {
  const found = new Map<string, Declaration>();
  const add = (name: string | undefined, declaration: Declaration): void => {
    // A class that an interface of its name adds to stays one.
    if (name !== undefined && found.get(name)?.kind !== "class") found.set(name, declaration);
  };
  for (const statement of program.body)
    if (t.isImportDeclaration(statement))
      for (const specifier of statement.specifiers) {
        const isType =
          statement.importKind === "type" || (t.isImportSpecifier(specifier) && specifier.importKind === "type");
        add(specifier.local.name, { kind: isType ? "interface" : "import" });
      }
  eachNode(program, (node) => {
    if (t.isClassDeclaration(node)) add(node.id?.name, { kind: "class" });
    else if (t.isTSInterfaceDeclaration(node)) add(node.id.name, { kind: "interface" });
    else if (t.isTSTypeAliasDeclaration(node)) add(node.id.name, { kind: "alias", type: node.typeAnnotation });
    else if (t.isTSEnumDeclaration(node)) add(node.id.name, { kind: "enum", node });
  });
  return found;
}

/** So deep are aliases of aliases followed. */
const DEPTH_MAX = 50;

class TypeWriter {
  /** Names of the file that stand in what was written. */
  readonly named = new Set<string>();
  readonly #declarations: ReadonlyMap<string, Declaration>;
  readonly #strictNulls: boolean;
  #typeParameters = new Map<string, t.Node | null | undefined>();
  #depth = 0;

  constructor(declarations: ReadonlyMap<string, Declaration>, strictNulls: boolean) {
    this.#declarations = declarations;
    this.#strictNulls = strictNulls;
  }

  inClass(node: t.Class, write: () => void): void {
    const outer = this.#typeParameters;
    this.#typeParameters = withParameters(outer, node.typeParameters);
    write();
    this.#typeParameters = outer;
  }

  annotated(node: t.Node | null | undefined): t.Expression {
    return this.#type(t.isTSTypeAnnotation(node) ? node.typeAnnotation : node);
  }

  parameters(parameters: readonly Parameter[]): t.Expression {
    const own = parameters.filter((parameter, index) => index > 0 || !t.isIdentifier(parameter, { name: "this" }));
    return t.arrayExpression(
      own.map((parameter) => {
        const annotation = typeOf(parameter);
        return t.isRestElement(parameter) ? this.annotated(elementOf(annotation)) : this.annotated(annotation);
      }),
    );
  }

  returned(method: t.ClassMethod): t.Expression {
    const outer = this.#typeParameters;
    this.#typeParameters = withParameters(outer, method.typeParameters);
    const written = method.returnType
      ? this.annotated(method.returnType)
      : method.async
        ? t.identifier("Promise")
        : nothing();
    this.#typeParameters = outer;
    return written;
  }

  #type(node: t.Node | null | undefined): t.Expression {
    if (this.#depth > DEPTH_MAX) return object();
    this.#depth++;
    try {
      return this.#written(node);
    } finally {
      this.#depth--;
    }
  }

  #written(node: t.Node | null | undefined): t.Expression {
    switch (node?.type) {
      case "TSVoidKeyword":
      case "TSUndefinedKeyword":
      case "TSNeverKeyword":
      case "TSNullKeyword":
        return nothing();
      case "TSParenthesizedType":
        return this.#type(node.typeAnnotation);
      case "TSFunctionType":
      case "TSConstructorType":
        return t.identifier("Function");
      case "TSArrayType":
      case "TSTupleType":
        return t.identifier("Array");
      case "TSTypePredicate":
        return node.asserts ? nothing() : t.identifier("Boolean");
      case "TSBooleanKeyword":
        return t.identifier("Boolean");
      case "TSStringKeyword":
      case "TSTemplateLiteralType":
        return t.identifier("String");
      case "TSNumberKeyword":
        return t.identifier("Number");
      case "TSBigIntKeyword":
        return t.identifier("BigInt");
      case "TSSymbolKeyword":
        return t.identifier("Symbol");
      case "TSLiteralType":
        return literal(node.literal);
      case "TSTypeOperator":
        return node.operator === "readonly" ? this.#type(node.typeAnnotation) : object();
      case "TSUnionType":
        return this.#constituents(node.types, false);
      case "TSIntersectionType":
        return this.#constituents(node.types, true);
      case "TSConditionalType":
        return this.#constituents([node.trueType, node.falseType], false);
      case "TSTypeReference":
        return this.#reference(node.typeName);
      default:
        return object();
    }
  }

  #constituents(types: readonly t.Node[], isIntersection: boolean): t.Expression {
    let found: t.Expression | undefined;
    for (const type of types.map(withoutParentheses)) {
      if (type.type === "TSNeverKeyword") {
        if (isIntersection) return nothing();
        continue;
      }
      if (type.type === "TSUnknownKeyword" && isIntersection) continue;
      const isEmpty = type.type === "TSNullKeyword" || type.type === "TSUndefinedKeyword";
      if (isEmpty && !this.#strictNulls) continue;
      const written = this.#type(type);
      if (t.isIdentifier(written, { name: "Object" })) return written;
      if (found !== undefined && !t.isNodesEquivalent(found, written)) return object();
      found = written;
    }
    return found ?? nothing();
  }

  #reference(name: t.TSEntityName): t.Expression {
    if (t.isTSQualifiedName(name)) return this.#qualified(name);
    if (!t.isIdentifier(name)) return object();
    if (this.#typeParameters.has(name.name)) return this.#constraint(this.#typeParameters.get(name.name));
    const declaration = this.#declarations.get(name.name);
    switch (declaration?.kind) {
      case "class":
        this.named.add(name.name);
        return t.identifier(name.name);
      case "interface":
        return object();
      case "alias":
        return this.#type(declaration.type);
      case "enum":
        return enumType(declaration.node);
      default:
        if (name.name === "ReadonlyArray") return t.identifier("Array");
        this.named.add(name.name);
        return functionOrObject(t.identifier(name.name), t.identifier(name.name));
    }
  }

  /** A value of a type parameter is of its bound; only what is a primitive or a list is told. */
  #constraint(type: t.Node | null | undefined): t.Expression {
    const written = this.#type(type);
    const isTold =
      t.isIdentifier(written) && ["String", "Number", "Boolean", "BigInt", "Symbol", "Array"].includes(written.name);
    return isTold ? written : object();
  }

  /** `rates.Table` of an import: what is not there is `Object`. */
  #qualified(name: t.TSQualifiedName): t.Expression {
    const names: string[] = [];
    let left: t.TSEntityName = name;
    for (; t.isTSQualifiedName(left); left = left.left) names.unshift(left.right.name);
    if (!t.isIdentifier(left) || this.#declarations.get(left.name)?.kind !== "import") return object();
    this.named.add(left.name);
    const root = left.name;
    const asked = names.reduce<t.Expression>(
      (holder, key) => t.optionalMemberExpression(holder, t.identifier(key), false, true),
      t.identifier(root),
    );
    const read = names.reduce<t.Expression>(
      (holder, key) => t.memberExpression(holder, t.identifier(key)),
      t.identifier(root),
    );
    return functionOrObject(asked, read);
  }
}

function withParameters(
  outer: ReadonlyMap<string, t.Node | null | undefined>,
  declaration: t.Node | null | undefined,
): Map<string, t.Node | null | undefined> {
  const params = t.isTSTypeParameterDeclaration(declaration) ? declaration.params : [];
  return new Map([...outer, ...params.map((each) => [nameOf(each), each.constraint] as const)]);
}

/** Babel 8 holds an identifier, Babel 7 a text. */
function nameOf({ name }: t.TSTypeParameter): string {
  const given: unknown = name;
  return typeof given === "string" ? given : (given as t.Identifier).name;
}

/** `T` of `...rest: T[]`, `Array<T>`. */
function elementOf(annotation: t.Node | null | undefined): t.Node | undefined {
  const type = t.isTSTypeAnnotation(annotation) ? annotation.typeAnnotation : annotation;
  if (t.isTSArrayType(type)) return type.elementType;
  if (!t.isTSTypeReference(type)) return undefined;
  const given =
    (type as { typeArguments?: t.TSTypeParameterInstantiation }).typeArguments ??
    (type as { typeParameters?: t.TSTypeParameterInstantiation }).typeParameters;
  return given?.params[0];
}

function withoutParentheses(node: t.Node): t.Node {
  return t.isTSParenthesizedType(node) ? withoutParentheses(node.typeAnnotation) : node;
}

function literal(node: t.Node): t.Expression {
  if (t.isStringLiteral(node) || t.isTemplateLiteral(node)) return t.identifier("String");
  if (t.isBooleanLiteral(node)) return t.identifier("Boolean");
  if (t.isBigIntLiteral(node)) return t.identifier("BigInt");
  if (t.isUnaryExpression(node)) return literal(node.argument);
  return t.isNumericLiteral(node) ? t.identifier("Number") : object();
}

/** Of texts, of numbers, or of both. */
function enumType(node: t.TSEnumDeclaration): t.Expression {
  const { members } = node.body;
  const isText = members.map(({ initializer }) => t.isStringLiteral(initializer) || t.isTemplateLiteral(initializer));
  if (isText.length > 0 && isText.every(Boolean)) return t.identifier("String");
  return isText.some(Boolean) ? object() : t.identifier("Number");
}

/** `typeof asked === "function" ? read : Object` */
function functionOrObject(asked: t.Expression, read: t.Expression): t.Expression {
  const test = t.binaryExpression("===", t.unaryExpression("typeof", asked), t.stringLiteral("function"));
  return t.conditionalExpression(test, read, object());
}

const object = (): t.Identifier => t.identifier("Object");
const nothing = (): t.Expression => t.unaryExpression("void", t.numericLiteral(0));
