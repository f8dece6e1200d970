/**
 * The walk that replaces names which may be found in a layer (see index.ts). It knows at each place which scopes are around.
 *
 * Longer than other files: each kind of syntax that holds names is one case of one visitor, and they call each other.
 */
import { types as t } from "@babel/core";
import { abi, abiCall, member } from "../../abi-syntax.ts";
import { boundNames, lexicalDeclarations, varDeclarations } from "../../closures/analysis/declarations.ts";
import { childrenOf } from "../../closures/syntax.ts";
import { isAnonymousFunction, named } from "../../modules/naming.ts";
import { callee, read, remove, target, typeOf } from "./accesses.ts";
import { type ChainEnd, linksOf, lowerChain } from "./chains.ts";
import { evaluates, hasExpressions, isDirectEval, isStrictFunction } from "./contains.ts";
import { type Environment, type Layer, layer, names, type Resolution, resolve } from "./environment.ts";
import { evalCall, type Owner, type Variables } from "./eval-site.ts";
import { addLayer } from "./parameters.ts";

export interface Place {
  readonly environment: Environment | null;
  readonly isStrict: boolean;
  readonly variables: Variables;
  readonly owner: Owner;
  /** Names of `var`s whose declarations became assignments: to be declared where the function begins. */
  readonly undeclared: Set<string>;
}

export const NO_OWNER: Owner = {
  isDerived: false,
  hasNewTarget: false,
  hasSuper: false,
  hasSuperCall: false,
  isField: false,
  privateNames: [],
  via: null,
  privateVia: null,
};

export function variableNames(body: readonly t.Statement[]): string[] {
  const { vars, functions, blockFunctions } = varDeclarations(body);
  const ofBlocks = blockFunctions.flatMap(({ node, shadowed }) => (shadowed.has(node.id!.name) ? [] : [node.id!.name]));
  return [...vars, ...functions, ...ofBlocks];
}

export function openings(own: string | undefined, undeclared: ReadonlySet<string>): t.Statement[] {
  const declarators = [...undeclared].map((name) => t.variableDeclarator(t.identifier(name)));
  if (own !== undefined) declarators.unshift(t.variableDeclarator(t.identifier(own), abiCall("layer")));
  return declarators.length === 0 ? [] : [t.variableDeclaration("var", declarators)];
}

type List = Record<string, t.Node | (t.Node | null)[] | null | undefined>;

export class OpenScopes {
  readonly imports = new Set<string>();
  isChanged = false;
  readonly #source: string;
  readonly #taken = new Set<string>();
  readonly #value: string;

  /** Functions that hold an `eval` or a `with`, themselves or further in. */
  readonly #concerned = new Set<t.Node>();

  constructor(source: string, program: t.Program) {
    this.#source = source;
    this.#value = this.fresh("v");
    this.#note(program);
  }

  get isConcerned(): boolean {
    return this.#concerned.size > 0;
  }

  /** A name of the compiler's own in the tree. */
  keep(name: string): void {
    this.#taken.add(name);
  }

  #note(node: t.Node): boolean {
    let found = node.type === "WithStatement" || t.isIdentifier(node, { name: "eval" });
    for (const child of childrenOf(node)) if (this.#note(child)) found = true;
    if (found && (t.isFunction(node) || t.isProgram(node))) this.#concerned.add(node);
    return found;
  }

  /** A name that the source does not have. */
  fresh(base: string): string {
    let name = `$${base}`;
    for (let n = 2; this.#taken.has(name) || this.#source.includes(name); n++) name = `$${base}${n}`;
    this.#taken.add(name);
    return name;
  }

  statements(list: t.Statement[], place: Place): void {
    for (let i = 0; i < list.length; i++) list[i] = this.#visit(list[i]!, place);
  }

  /** What stands in the place of a node. */
  #visit<N extends t.Node>(node: N, place: Place): N {
    return this.#changed(node, place) as t.Node as N;
  }

  #changed(node: t.Node, place: Place): t.Node {
    if (node.type === "OptionalMemberExpression" || node.type === "OptionalCallExpression") {
      const made = this.#chain(node, place, "value");
      if (made !== null) return made;
    }
    switch (node.type) {
      case "Identifier": {
        const resolution = this.#resolve(node.name, place);
        return resolution === null ? node : read(resolution, node.name, place.isStrict);
      }
      case "ThisExpression":
        return place.owner.via !== null && place.owner.isDerived ? this.#special("this", place.owner.via) : node;
      case "MetaProperty":
        return place.owner.via !== null && node.meta.name === "new"
          ? this.#special("new.target", place.owner.via)
          : node;
      case "MemberExpression":
      case "OptionalMemberExpression":
        return this.#member(node, place);
      case "BinaryExpression":
        if (node.left.type === "PrivateName") {
          const object = this.#outside(node.left, place);
          if (object !== null) {
            const ask = this.#special(`#${node.left.id.name}.in`, object);
            return t.callExpression(ask, [this.#visit(node.right, place)]);
          }
        }
        break;
      case "ObjectProperty": {
        if (node.computed) node.key = this.#visit(node.key as t.Expression, place);
        const value = this.#visit(node.value, place);
        if (value !== node.value) node.shorthand = false;
        node.value = value;
        return node;
      }
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.#function(node, place, isArrow(node) ? place.owner : functionOwner(place.owner));
      case "ObjectMethod":
        if (node.computed) node.key = this.#visit(node.key as t.Expression, place);
        return this.#function(node, place, { ...functionOwner(place.owner), hasSuper: true });
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#class(node, place);
      case "AssignmentExpression":
        return this.#assignment(node, place);
      case "UpdateExpression":
        node.argument = this.#target(node.argument, place) as t.MemberExpression;
        return node;
      case "UnaryExpression":
        return this.#unary(node, place);
      case "CallExpression":
      case "OptionalCallExpression":
        return this.#call(node, place);
      case "TaggedTemplateExpression":
        return this.#tagged(node, place);
      case "VariableDeclaration":
        return this.#declaration(node, place);
      case "BlockStatement":
        this.statements(node.body, this.#inBlock(node.body, place));
        return node;
      case "SwitchStatement": {
        node.discriminant = this.#visit(node.discriminant, place);
        const inner = this.#inBlock(
          node.cases.flatMap(({ consequent }) => consequent),
          place,
        );
        for (const one of node.cases) {
          if (one.test) one.test = this.#visit(one.test, inner);
          this.statements(one.consequent, inner);
        }
        return node;
      }
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        return this.#loop(node, place);
      case "CatchClause": {
        let inner = place;
        if (node.param) {
          const bound = boundNames(node.param);
          inner = within(place, names(bound, place.environment, t.isIdentifier(node.param) ? "passed" : "barred"));
          this.#pattern(node.param, inner);
        }
        node.body = this.#visit(node.body, inner);
        return node;
      }
      case "LabeledStatement":
        node.body = this.#visit(node.body, place);
        return node;
      case "WithStatement":
        return this.#with(node, place);
      case "ImportDeclaration":
      case "ExportAllDeclaration":
      case "BreakStatement":
      case "ContinueStatement":
      case "PrivateName":
        return node;
      case "ExportSpecifier":
        return node;
    }
    const list = node as t.Node as unknown as List;
    for (const key of t.VISITOR_KEYS[node.type] ?? []) {
      const value = list[key];
      if (Array.isArray(value)) list[key] = value.map((child) => child && this.#visit(child, place));
      else if (value) list[key] = this.#visit(value, place);
    }
    return node;
  }

  /** Null: the name means what it says. */
  #resolve(name: string, place: Place): Resolution | null {
    if (place.environment === null || this.#taken.has(name)) return null;
    const resolution = resolve(place.environment, name);
    if (resolution.layers.length === 0 && resolution.via === undefined) return null;
    this.isChanged = true;
    return resolution;
  }

  /** What is around the text, by its name. */
  #special(name: string, object: string): t.Expression {
    return member(t.identifier(object), name);
  }

  /** A private name of what is around the text: by which object it is reached. */
  #outside({ id }: t.PrivateName, { owner }: Place): string | null {
    return owner.privateVia?.names.includes(id.name) ? owner.privateVia.object : null;
  }

  #member(node: t.MemberExpression | t.OptionalMemberExpression, place: Place): t.Node {
    const { owner } = place;
    if (node.object.type === "Super") {
      if (node.computed) node.property = this.#visit(node.property as t.Expression, place);
      if (owner.via === null || !owner.hasSuper) return node;
      return t.callExpression(this.#special("super.get", owner.via), [keyOf(node)]);
    }
    node.object = this.#visit(node.object, place);
    if (node.property.type === "PrivateName") {
      const object = this.#outside(node.property, place);
      if (object === null) return node;
      const get = this.#special(`#${node.property.id.name}.get`, object);
      return t.callExpression(get, [node.object as t.Expression]);
    }
    if (node.computed) node.property = this.#visit(node.property as t.Expression, place);
    return node;
  }

  /** What is assigned to. */
  #target(node: t.Node, place: Place): t.Node {
    switch (node.type) {
      case "Identifier": {
        const resolution = this.#resolve(node.name, place);
        if (resolution === null) return node;
        if (resolution.layers.length === 0) return resolution.via!(node.name);
        return target(resolution, node.name, place.isStrict, this.#value);
      }
      case "MemberExpression":
        return this.#memberTarget(node, place);
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "RestElement") {
            property.argument = this.#target(property.argument, place) as t.LVal & t.RestElement["argument"];
            continue;
          }
          if (property.computed) property.key = this.#visit(property.key as t.Expression, place);
          const value = this.#target(property.value, place) as t.PatternLike;
          if (value !== property.value) property.shorthand = false;
          property.value = value;
          // `{ x = 1 }` is a shorthand too.
          if (t.isAssignmentPattern(value) && !t.isIdentifier(value.left)) property.shorthand = false;
        }
        return node;
      case "ArrayPattern":
        node.elements = node.elements.map((one) => one && (this.#target(one, place) as t.PatternLike));
        return node;
      case "RestElement":
        node.argument = this.#target(node.argument, place) as t.Identifier;
        return node;
      case "AssignmentPattern": {
        const before = node.left;
        node.left = this.#target(before, place) as t.Identifier;
        node.right = this.#visit(node.right, place);
        if (node.left !== before && t.isIdentifier(before)) node.right = this.#named(before.name, node.right);
        return node;
      }
      default:
        return this.#visit(node, place);
    }
  }

  #memberTarget(node: t.MemberExpression, place: Place): t.Node {
    const { owner } = place;
    if (node.object.type === "Super" && owner.via !== null && owner.hasSuper) {
      if (node.computed) node.property = this.#visit(node.property as t.Expression, place);
      return member(this.#pair("super", owner.via, keyOf(node)), "value");
    }
    const outside = node.property.type === "PrivateName" ? this.#outside(node.property, place) : null;
    if (outside !== null) {
      const name = `#${(node.property as t.PrivateName).id.name}`;
      return member(this.#pair(name, outside, this.#visit(node.object as t.Expression, place)), "value");
    }
    return this.#member(node, place);
  }

  /** An object whose `value` is the property that the two functions read and write: a closure, so that it can be saved. */
  #pair(name: string, object: string, key: t.Expression): t.Expression {
    const given = (): t.Identifier => t.identifier(`${this.#value}k`);
    const value = (): t.Identifier => t.identifier(this.#value);
    const read = t.callExpression(this.#special(`${name}.get`, object), [given()]);
    const write = t.callExpression(this.#special(`${name}.set`, object), [given(), value()]);
    const property = t.objectExpression([
      t.objectMethod("get", t.identifier("value"), [], t.blockStatement([t.returnStatement(read)])),
      t.objectMethod("set", t.identifier("value"), [value()], t.blockStatement([t.expressionStatement(write)])),
    ]);
    return t.callExpression(t.arrowFunctionExpression([given()], property), [key]);
  }

  #named(name: string, value: t.Expression): t.Expression {
    return isAnonymousFunction(value) ? named(name, value) : value;
  }

  /** A pattern that declares: only what it evaluates. */
  #pattern(node: t.Node, place: Place): void {
    switch (node.type) {
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "RestElement") continue;
          if (property.computed) property.key = this.#visit(property.key as t.Expression, place);
          this.#pattern(property.value, place);
        }
        break;
      case "ArrayPattern":
        for (const element of node.elements) if (element) this.#pattern(element, place);
        break;
      case "RestElement":
        this.#pattern(node.argument, place);
        break;
      case "AssignmentPattern":
        this.#pattern(node.left, place);
        node.right = this.#visit(node.right, place);
        break;
    }
  }

  #assignment(node: t.AssignmentExpression, place: Place): t.Node {
    const before = node.left;
    node.left = this.#target(before, place) as t.LVal;
    node.right = this.#visit(node.right, place);
    const names = ["=", "&&=", "||=", "??="].includes(node.operator);
    if (names && node.left !== before && t.isIdentifier(before)) node.right = this.#named(before.name, node.right);
    return node;
  }

  #unary(node: t.UnaryExpression, place: Place): t.Node {
    if (t.isIdentifier(node.argument) && (node.operator === "typeof" || node.operator === "delete")) {
      const { name } = node.argument;
      const resolution = this.#resolve(name, place);
      if (resolution === null) return node;
      return node.operator === "delete" ? remove(resolution, name) : typeOf(resolution, name, place.isStrict);
    }
    if (
      node.operator === "delete" &&
      node.argument.type === "MemberExpression" &&
      node.argument.object.type === "Super"
    ) {
      return node;
    }
    if (node.operator === "delete") {
      const made = this.#chain(node.argument, place, "deleted");
      if (made !== null) return made;
    }
    node.argument = this.#visit(node.argument, place);
    return node;
  }

  #call(node: t.CallExpression | t.OptionalCallExpression, place: Place): t.Node {
    const given = node.arguments.map((one) => this.#visit(one as t.Expression, place));
    node.arguments = given;
    const { callee: called } = node;
    if (isDirectEval(node)) return at(node, this.#eval(given, place));
    if (called.type === "Identifier" && called.name === "eval") {
      // `eval?.(text)` is no direct one.
      node.callee = t.sequenceExpression([t.numericLiteral(0), this.#visit(called, place)]);
      this.isChanged = true;
      return node;
    }
    if (called.type === "Super") {
      if (place.owner.via === null || !place.owner.hasSuperCall) return node;
      return t.callExpression(this.#special("super()", place.owner.via), given);
    }
    if (t.isIdentifier(called)) {
      const resolution = this.#resolve(called.name, place);
      if (resolution === null) return node;
      if (node.type === "OptionalCallExpression") node.callee = read(resolution, called.name, place.isStrict);
      else if (resolution.layers.length === 0) {
        node.callee = t.sequenceExpression([t.numericLiteral(0), resolution.via!(called.name, true)]);
      } else return at(node, abiCall("callFound", callee(resolution, called.name, place.isStrict), ...given));
      return node;
    }
    if (t.isMemberExpression(called) && !t.isOptionalCallExpression(node)) {
      const made = this.#methodCall(called, given, place);
      if (made !== null) return made;
    }
    if (called.type === "OptionalMemberExpression" && called.extra?.parenthesized === true) {
      const found = this.#chain(called, place, "callee");
      if (found !== null) return at(node, abiCall("callFound", found, ...given));
    }
    node.callee = this.#visit(called as t.Expression, place);
    return node;
  }

  /** Null: nothing in it is of what is around the text. */
  #chain(node: t.Node, place: Place, end: ChainEnd): t.Expression | null {
    const { owner } = place;
    if (owner.via === null && owner.privateVia === null) return null;
    const outside = (link: t.Node): string | null =>
      "property" in link && t.isPrivateName(link.property) ? this.#outside(link.property, place) : null;
    const isSuper = (link: t.Node): boolean =>
      owner.via !== null && owner.hasSuper && "object" in link && t.isSuper(link.object);
    const links = linksOf(node);
    const isOutside = (link: t.Node): boolean => isSuper(link) || outside(link) !== null;
    if (!links.some(isOutside)) return null;
    const around = {
      visit: (one: t.Expression) => this.#visit(one, place),
      isOutside,
      access: (link: t.MemberExpression | t.OptionalMemberExpression, object: t.Expression) => {
        if (isSuper(link)) return this.#member(link, place) as t.Expression;
        const name = (link.property as t.PrivateName).id.name;
        return t.callExpression(this.#special(`#${name}.get`, outside(link)!), [object]);
      },
      receiverOfSuper: () => this.#visit(t.thisExpression() as t.Expression, place),
      temporary: () => {
        const name = this.fresh("t");
        place.undeclared.add(name);
        return name;
      },
    };
    return lowerChain(links, around, end);
  }

  /** `super.m()` and `o.#m()` of what is around the text. */
  #methodCall(called: t.MemberExpression, given: t.Expression[], place: Place): t.Expression | null {
    if (called.object.type === "Super") {
      if (place.owner.via === null || !place.owner.hasSuper) return null;
      const receiver = this.#visit(t.thisExpression() as t.Expression, place);
      return abiCall("call", this.#member(called, place) as t.Expression, receiver, ...given);
    }
    const outside = called.property.type === "PrivateName" ? this.#outside(called.property, place) : null;
    if (outside === null) return null;
    const get = this.#special(`#${(called.property as t.PrivateName).id.name}.get`, outside);
    return abiCall("callFound", abiCall("found", this.#visit(called.object, place), get), ...given);
  }

  #eval(given: t.Expression[], place: Place): t.Node {
    this.isChanged = true;
    const { environment, owner, isStrict } = place;
    const resolution = resolve(environment, "eval");
    const called = resolution.isBound || resolution.layers.length > 0 ? read(resolution, "eval", isStrict) : null;
    const base = resolution.isBound ? null : abi("global");
    return evalCall(called === null ? member(base!, "eval") : called, given, {
      environment,
      variables: isStrict ? "strict" : place.variables,
      owner,
      isReadOnly: (name) => this.imports.has(name),
      value: this.#value,
    });
  }

  #tagged(node: t.TaggedTemplateExpression, place: Place): t.Node {
    node.quasi = this.#visit(node.quasi, place);
    if (t.isIdentifier(node.tag)) {
      const { name } = node.tag;
      const resolution = this.#resolve(name, place);
      if (resolution !== null) node.tag = abiCall("bound", callee(resolution, name, place.isStrict));
    } else if (t.isMemberExpression(node.tag)) {
      node.tag = this.#tagOf(node.tag, place) ?? this.#visit(node.tag as t.Expression, place);
    } else node.tag = this.#visit(node.tag, place);
    return node;
  }

  /** Likewise as a tag, which knows its receiver. */
  #tagOf(tag: t.MemberExpression, place: Place): t.Expression | null {
    if (tag.object.type === "Super") {
      if (place.owner.via === null || !place.owner.hasSuper) return null;
      const receiver = this.#visit(t.thisExpression() as t.Expression, place);
      return abiCall("bound", t.arrayExpression([this.#member(tag, place) as t.Expression, receiver]));
    }
    const outside = tag.property.type === "PrivateName" ? this.#outside(tag.property, place) : null;
    if (outside === null) return null;
    const get = this.#special(`#${(tag.property as t.PrivateName).id.name}.get`, outside);
    return abiCall("bound", abiCall("found", this.#visit(tag.object, place), get));
  }

  #declaration(node: t.VariableDeclaration, place: Place): t.Node {
    const isOpen =
      node.kind === "var" && node.declarations.some(({ id, init }) => init && this.#isLayered(boundNames(id), place));
    if (isOpen) {
      const parts = this.#assignments(node, place);
      return parts.length === 1 ? t.expressionStatement(parts[0]!) : t.expressionStatement(t.sequenceExpression(parts));
    }
    for (const declarator of node.declarations) {
      this.#pattern(declarator.id, place);
      if (declarator.init) declarator.init = this.#visit(declarator.init, place);
    }
    return node;
  }

  #isLayered(list: readonly string[], place: Place): boolean {
    return list.some((name) => place.environment !== null && resolve(place.environment, name).layers.length > 0);
  }

  #assignments(node: t.VariableDeclaration, place: Place): t.Expression[] {
    return node.declarations.flatMap(({ id, init }) => {
      for (const name of boundNames(id)) place.undeclared.add(name);
      if (!init) return [];
      return [this.#visit(t.assignmentExpression("=", id as t.LVal, init) as t.Expression, place)];
    });
  }

  #inBlock(body: readonly t.Statement[], place: Place): Place {
    const declared = lexicalDeclarations(body, false).map(({ name }) => name);
    return within(place, names(declared, place.environment, "barred"));
  }

  #loop(node: t.ForStatement | t.ForInStatement | t.ForOfStatement, place: Place): t.Node {
    const head = node.type === "ForStatement" ? node.init : node.left;
    const declares = t.isVariableDeclaration(head) && head.kind !== "var";
    const own = declares ? head.declarations.flatMap(({ id }) => boundNames(id)) : [];
    const inner = within(place, names(own, place.environment, "barred"));
    if (node.type === "ForStatement") {
      if (t.isVariableDeclaration(node.init)) {
        const made = this.#declaration(node.init, inner) as t.Node;
        node.init = t.isExpressionStatement(made) ? made.expression : (made as t.VariableDeclaration);
      } else if (node.init) node.init = this.#visit(node.init, inner);
      if (node.test) node.test = this.#visit(node.test, inner);
      if (node.update) node.update = this.#visit(node.update, inner);
    } else {
      node.right = this.#visit(node.right, inner);
      const { left } = node;
      if (!t.isVariableDeclaration(left)) node.left = this.#target(left, inner) as t.LVal;
      else if (left.kind === "var" && this.#isLayered(boundNames(left.declarations[0]!.id), place)) {
        for (const name of boundNames(left.declarations[0]!.id)) place.undeclared.add(name);
        node.left = this.#target(left.declarations[0]!.id, inner) as t.LVal;
      } else this.#pattern(left.declarations[0]!.id, inner);
    }
    node.body = this.#visit(node.body, inner);
    return node;
  }

  #with(node: t.WithStatement, place: Place): t.Node {
    this.isChanged = true;
    const variable = this.fresh("w");
    const object = abiCall("object", this.#visit(node.object, place));
    const inner = within(place, layer(variable, true, place.environment));
    const declarator = t.variableDeclarator(t.identifier(variable), object);
    // A function as the body would be one of the block around it.
    const body = this.#visit(node.body, inner);
    return t.inherits(t.blockStatement([t.variableDeclaration("const", [declarator]), body]), node);
  }

  #class(node: t.Class, place: Place): t.Node {
    const privateNames = node.body.body.flatMap((one) =>
      "key" in one && one.key.type === "PrivateName" ? [one.key.id.name] : [],
    );
    const own = node.id ? names([node.id.name], place.environment, "passed") : place.environment;
    const { privateVia } = place.owner;
    const owner: Owner = {
      ...place.owner,
      privateNames: [...new Set([...place.owner.privateNames, ...privateNames])],
      // Names of what is around the text that the class has itself are its own.
      privateVia: privateVia && {
        ...privateVia,
        names: privateVia.names.filter((name) => !privateNames.includes(name)),
      },
    };
    const inner: Place = { ...within(place, own), isStrict: true, variables: "strict", owner };
    if (node.superClass) node.superClass = this.#visit(node.superClass, inner);
    const member = { ...functionOwner(inner.owner), hasSuper: true };
    for (const one of node.body.body) {
      if ("computed" in one && one.computed) one.key = this.#visit(one.key as t.Expression, inner) as never;
      if ("decorators" in one && one.decorators)
        one.decorators = one.decorators.map((decorator) => this.#visit(decorator, inner));
      if (one.type === "ClassMethod" || one.type === "ClassPrivateMethod") {
        const isDerived = one.kind === "constructor" && node.superClass !== null && node.superClass !== undefined;
        this.#function(one, inner, { ...member, isDerived, hasSuperCall: isDerived });
      } else if (one.type === "StaticBlock") {
        const environment = names(
          lexicalDeclarations(one.body, true).map(({ name }) => name),
          names(variableNames(one.body), inner.environment, "variables"),
          "barred",
        );
        const undeclared = new Set<string>();
        this.statements(one.body, { ...inner, environment, owner: { ...member, isField: true }, undeclared });
        one.body.unshift(...openings(undefined, undeclared));
      } else if ("value" in one && one.value) {
        one.value = this.#visit(one.value, { ...inner, owner: { ...member, isField: true } });
      }
    }
    return node;
  }

  #function(node: t.Function, place: Place, owner: Owner): t.Node {
    const isStrict = place.isStrict || isStrictFunction(node);
    const params = node.params as t.Node[];
    const isApart = params.some((one) => hasExpressions(one));
    const bodyEvaluates = !isStrict && evaluates(node.body);
    const paramsEvaluate = !isStrict && isApart && params.some((one) => evaluates(one));
    const isText = place.owner.via !== null || place.owner.privateVia !== null;
    if (place.environment === null && !isText && !this.#concerned.has(node)) return node;
    let { environment } = place;
    let ofParameters: string | undefined;
    if (node.type === "FunctionExpression" && node.id) environment = names([node.id.name], environment, "passed");
    const given = params.flatMap((one) => boundNames(one));
    if (!isArrow(node)) given.push("arguments");
    let variables: Variables = isStrict ? "strict" : place.variables;
    const undeclared = new Set<string>();
    if (isApart) {
      if (paramsEvaluate) {
        ofParameters = this.fresh("e");
        const around = layer(ofParameters, false, environment);
        environment = around;
        variables = around;
      }
      environment = names(given, environment, "barred");
      for (const one of params)
        this.#pattern(one, { environment, isStrict, variables, owner, undeclared: place.undeclared });
    }
    let own: string | undefined;
    if (bodyEvaluates) {
      own = this.fresh("e");
      const around: Layer = layer(own, false, environment);
      environment = around;
      variables = around;
    }
    const { body } = node;
    if (!t.isBlockStatement(body)) {
      environment = isApart ? environment : names(given, environment, "variables");
      const made = this.#visit(body, { environment, isStrict, variables, owner, undeclared });
      const opened = openings(own, undeclared);
      node.body = opened.length === 0 ? made : t.blockStatement([...opened, t.returnStatement(made)]);
      if (opened.length > 0 && node.type === "ArrowFunctionExpression") node.expression = false;
    } else {
      environment = names([...(isApart ? [] : given), ...variableNames(body.body)], environment, "variables");
      const lexical = lexicalDeclarations(body.body, true).map(({ name }) => name);
      environment = names(lexical, environment, "barred");
      this.statements(body.body, { environment, isStrict, variables, owner, undeclared });
      // Beside parameters that see the object, a variable of that name has a scope of its own.
      if (isApart && lexical.includes("arguments")) body.body = [t.blockStatement(body.body)];
      body.body.unshift(...openings(own, undeclared));
    }
    if (ofParameters !== undefined) addLayer(node, ofParameters, (base) => this.fresh(base));
    return node;
  }
}

/** Where the source has `node`: for the lines of stacks. */
function at<N extends t.Node>(node: t.Node, made: N): N {
  made.loc = node.loc ?? null;
  return made;
}

const isArrow = (node: t.Node): boolean => node.type === "ArrowFunctionExpression";

function functionOwner(around: Owner): Owner {
  return { ...NO_OWNER, hasNewTarget: true, privateNames: around.privateNames, privateVia: around.privateVia };
}

function within(place: Place, environment: Environment | null): Place {
  return environment === place.environment ? place : { ...place, environment };
}

/** The property's name as a value. */
function keyOf({ property, computed }: t.MemberExpression | t.OptionalMemberExpression): t.Expression {
  if (computed) return property as t.Expression;
  return t.stringLiteral((property as t.Identifier).name);
}
