/**
 * Decorators as TypeScript had them before 5.0 (`experimentalDecorators`), in TypeScript's order: those of instance
 * members, of static members, of the constructor's parameters and the class, each list from its end.
 *
 *   @service class Trip { @log book(@id trip) {} @field leg = 1; }
 *   →
 *   let Trip;
 *   Trip = class { static { Trip = this; } book(trip) {} leg = 1; };
 *   $k.decorate([log, $k.decorateParameter(0, id)], Trip.prototype, "book", null);
 *   $k.decorate([field], Trip.prototype, "leg", void 0);
 *   Trip = $k.decorate([service], Trip);
 *
 * Boundary: syntax. The type metadata of `emitDecoratorMetadata` stands there as decorators (`decorator-metadata.ts`), behind all others.
 */
import { types as t } from "@babel/core";
import { eachNode } from "../diagnostics/each-node.ts";
import { SCRIPT_NAMES, type Stamp } from "../phase.ts";
import { isMetadata } from "./decorator-metadata.ts";

/** `definesFields`: false where fields are assigned, so that an accessor which a decorator made is reached. */
export function lowerLegacyDecorators(ast: t.File, definesFields: boolean): void {
  if (!definesFields)
    eachNode(ast.program, (node) => {
      if (t.isClassExpression(node)) assignFields(node, new Set());
    });
  lists(ast.program, (list) => {
    for (let index = 0; index < list.length; index++) {
      const made = lowerStatement(list[index]!, definesFields);
      if (made === undefined) continue;
      list.splice(index, 1, ...made);
      index += made.length - 1;
    }
  });
}

/** Every list of statements, inner ones first. */
function lists(node: t.Node, visit: (list: t.Statement[]) => void): void {
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const value = (node as unknown as Record<string, unknown>)[key];
    for (const child of Array.isArray(value) ? value : [value]) if (child) lists(child as t.Node, visit);
  }
  if (t.isProgram(node) || t.isBlockStatement(node) || t.isStaticBlock(node)) visit(node.body);
  else if (t.isSwitchCase(node)) visit(node.consequent);
}

function lowerStatement(statement: t.Statement, definesFields: boolean): t.Statement[] | undefined {
  const isExport = t.isExportNamedDeclaration(statement) || t.isExportDefaultDeclaration(statement);
  const node = isExport ? statement.declaration : statement;
  if (!t.isClassDeclaration(node)) return undefined;
  const members = memberDecorations(node);
  if (members.length === 0 && !node.decorators?.length && !constructorParameters(node).length) {
    if (!definesFields) assignFields(node, new Set());
    return undefined;
  }
  const name = node.id?.name ?? "default_1";
  const classDecorators = [
    ...(node.decorators ?? []).map(({ expression }) => expression),
    ...constructorParameters(node),
  ].sort(metadataLast);
  node.decorators = null;
  const decorated = new Set(members.map(({ member }) => member));
  const applied = members.map(({ member, decorators }) => t.expressionStatement(application(name, member, decorators)));
  clearDecorators(node);
  if (!definesFields) assignFields(node, decorated);
  if (classDecorators.length === 0 && node.id != null) return [statement, ...applied];

  const variable = t.variableDeclaration("let", [t.variableDeclarator(t.identifier(name))]);
  const self = t.expressionStatement(t.assignmentExpression("=", t.identifier(name), t.thisExpression()));
  node.body.body.unshift(t.staticBlock([self]));
  // The node itself changes its type, so that its position stays. The assignment names it.
  const value = node as t.Node as t.ClassExpression;
  (value as t.Node as { type: string }).type = "ClassExpression";
  value.id = null;
  const made = t.inherits(t.expressionStatement(t.assignmentExpression("=", t.identifier(name), value)), statement);
  const result: t.Statement[] = [variable, made, ...applied];
  if (classDecorators.length > 0) {
    const call = abi("decorate", t.arrayExpression(classDecorators), t.identifier(name));
    result.push(t.expressionStatement(t.assignmentExpression("=", t.identifier(name), call)));
  }
  if (isExport) {
    const exported = t.isExportDefaultDeclaration(statement) ? "default" : name;
    const specifier = t.exportSpecifier(t.identifier(name), t.identifier(exported));
    result.push(t.exportNamedDeclaration(null, [specifier]));
  }
  return result;
}

type Member = t.ClassBody["body"][number];

interface Decoration {
  readonly member: Member;
  readonly decorators: t.Expression[];
}

/** Members with decorators of their own or of their parameters: instance members first. */
function memberDecorations(node: t.Class): Decoration[] {
  const found = node.body.body.flatMap((member): Decoration[] => {
    if (t.isClassMethod(member, { kind: "constructor" }) || t.isStaticBlock(member)) return [];
    const own = "decorators" in member ? (member.decorators ?? []).map(({ expression }) => expression) : [];
    const decorators = [...own, ...(t.isFunction(member) ? parameterDecorators(member) : [])].sort(metadataLast);
    return decorators.length === 0 ? [] : [{ member, decorators }];
  });
  const isStatic = ({ member }: Decoration): boolean => "static" in member && member.static === true;
  return [...found.filter((one) => !isStatic(one)), ...found.filter(isStatic)];
}

/** Applied first: a parameter's decorator may ask for types. */
function metadataLast(a: t.Expression, b: t.Expression): number {
  return Number(isMetadata(a)) - Number(isMetadata(b));
}

function constructorParameters(node: t.Class): t.Expression[] {
  const found = node.body.body.find((member) => t.isClassMethod(member, { kind: "constructor" }));
  return found === undefined ? [] : parameterDecorators(found as t.ClassMethod);
}

function parameterDecorators(method: t.Function): t.Expression[] {
  return method.params.flatMap((parameter, index) => {
    const decorators = (parameter as { decorators?: t.Decorator[] | null }).decorators ?? [];
    return decorators.map(({ expression }) => abi("decorateParameter", t.numericLiteral(index), expression));
  });
}

function application(name: string, member: Member, decorators: t.Expression[]): t.Expression {
  const { key, computed } = member as t.ClassMethod;
  const isStatic = (member as t.ClassMethod).static === true;
  const owner = isStatic ? t.identifier(name) : t.memberExpression(t.identifier(name), t.identifier("prototype"));
  const keyNode = computed
    ? t.cloneNode(key as t.Expression)
    : t.isIdentifier(key)
      ? t.stringLiteral(key.name)
      : t.cloneNode(key as t.Expression);
  const isField = t.isClassProperty(member);
  const descriptor = isField ? t.unaryExpression("void", t.numericLiteral(0)) : t.nullLiteral();
  return abi("decorate", t.arrayExpression(decorators), owner, keyNode, descriptor);
}

function clearDecorators(node: t.Class): void {
  for (const member of node.body.body) {
    if ("decorators" in member) member.decorators = null;
    if (!t.isFunction(member)) continue;
    for (const parameter of member.params) (parameter as { decorators?: null }).decorators = null;
  }
}

/**
 * Where the constructor assigns parameters to properties, fields are assigned behind that: by a method of their own, so
 * that the constructor's names are not seen.
 */
function assignFieldsLate(node: t.Class, method: t.ClassMethod, count: number): void {
  const fields = node.body.body.filter(
    (member) => t.isClassProperty(member) && member.static !== true && !member.computed,
  ) as t.ClassProperty[];
  const assignments = fields.flatMap((member) => (member.value == null ? [] : [assignment(member)]));
  node.body.body = node.body.body.filter((member) => !fields.includes(member as t.ClassProperty));
  if (assignments.length === 0) return;
  const name = (): t.PrivateName => t.privateName(t.identifier("$fields"));
  const body = t.blockStatement(assignments.map((one) => t.expressionStatement(one)));
  const fieldsMethod = t.classPrivateMethod("method", name(), [], body);
  // The walk that gives ids is over.
  const { kawaitId, kawaitBody } = node.extra as unknown as Stamp;
  fieldsMethod.extra = { kawaitId: `${kawaitId}.#$fields`, kawaitBody };
  node.body.body.push(fieldsMethod);
  const call = t.callExpression(t.memberExpression(t.thisExpression(), name()), []);
  const statements = method.body.body;
  const superCall = statements.findIndex(
    (one) => t.isExpressionStatement(one) && t.isCallExpression(one.expression) && t.isSuper(one.expression.callee),
  );
  statements.splice(superCall + 1 + count, 0, t.expressionStatement(call));
}

/** `this.field = value` */
function assignment({ key, value }: t.ClassProperty): t.AssignmentExpression {
  const target = t.memberExpression(t.thisExpression(), key as t.Expression, !t.isIdentifier(key));
  return t.assignmentExpression("=", target, value!);
}

/** Fields that are assigned: those without a value go, decorated ones with a value assign it where they stand. */
function assignFields(node: t.Class, decorated: ReadonlySet<Member>): void {
  const method = node.body.body.find((member) => t.isClassMethod(member, { kind: "constructor" }));
  const properties = method?.extra?.kawaitParameterProperties as number | undefined;
  if (properties !== undefined) assignFieldsLate(node, method as t.ClassMethod, properties);
  node.body.body = node.body.body.flatMap((member, index): Member[] => {
    if (!t.isClassProperty(member) || member.computed) return [member];
    if (member.value == null) return [];
    if (!decorated.has(member)) return [member];
    const assigned = assignment(member);
    if (member.static === true) return [t.staticBlock([t.expressionStatement(assigned)])];
    const holder = t.privateName(t.identifier(`$assign${index}`));
    return [t.inherits(t.classPrivateProperty(holder, t.unaryExpression("void", assigned)), member)];
  });
}

function abi(name: string, ...values: t.Expression[]): t.CallExpression {
  return t.callExpression(t.memberExpression(t.identifier(SCRIPT_NAMES.abi), t.identifier(name)), values);
}
