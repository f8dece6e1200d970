/**
 * Random programs about closures × suspensions × job order: functions of every kind within each other, that capture,
 * shadow, assign and outlive variables across awaits and yields. Deterministic for a seed. Every program ends: what
 * repeats or calls spends from a budget. What it prints depends on which variable each name means and when each job runs.
 *
 * A program is the body of an async function; it uses `print`, `later`, `fail` and `spend` of the harness's prelude.
 */
import { randomFrom } from "../compiler/closures/random-program.ts";

type Kind = "plain" | "async" | "generator" | "asyncGenerator";

const NAMES = ["a", "b", "c", "d"];
const MARK: Readonly<Record<Kind, string>> = { plain: "", async: "async ", generator: "*", asyncGenerator: "async *" };

export function mixedProgram(seed: number): string {
  return new Writer(seed).program();
}

class Writer {
  readonly #random: (below: number) => number;
  #count = 0;
  /** Names of private methods and labels that may be used here. */
  #privates: string[] = [];
  #inClass = false;
  /** Not so in the initial values of a class's fields. */
  #hasArguments = true;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  program(): string {
    const declared = new Set(NAMES);
    const body = Array.from({ length: 3 + this.#random(3) }, () => this.#statement("async", 4, declared)).join("\n");
    return `const kept = []; let turns = 0;
const sites = new Map();
const tag = (strings, ...values) => { spend(); sites.set(strings, (sites.get(strings) ?? 0) + 1); return [sites.get(strings), strings.raw[1], values[0]]; };
const keep = (f) => { spend(); kept[kept.length] = f; return f; };
const show = (x) => { spend(); print(x); return x; };
const call = async (f) => { spend();
  try { let made = typeof f === "function" ? f(1, 2) : f;
    if (made && typeof made.next === "function") for (let i = 0; i < 4; i++) { spend();
      const way = i === 2 && (made.return && turns++ % 3) || 0;
      print(i, await (way === 1 ? made.return(i) : way === 2 ? made.throw(i) : made.next(i))); }
    else print("called", await made);
  } catch (e) { if (e === SPENT) throw e; print("threw", e); } };
const run = async function (a, b) { let c = 3; var d = 4;
${body}
};
try { await run.call({ k: 7 }, 1, 2); } catch (e) { print("run threw", e); }
try { for (let i = 0; i < kept.length && i < 12; i++) await call(kept[i]); } catch (e) { print(e); }`;
  }

  #chance(percent: number): boolean {
    return this.#random(100) < percent;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random(list.length)]!;
  }

  #fresh(prefix: string): string {
    return `${prefix}${this.#count++}`;
  }

  #name(): string {
    return this.#pick(NAMES);
  }

  #leaf(): string {
    if (this.#chance(70)) return this.#name();
    if (this.#hasArguments && this.#chance(12)) return this.#pick(["arguments[0]", "arguments.length"]);
    return this.#pick(["1", "2", '"s"', "this?.k", "undefined", "null", "[3, 4]"]);
  }

  /** A suspension that the kind allows, or a plain operand. */
  #suspended(kind: Kind, depth: number): string {
    const operand = this.#expression(kind, depth - 1);
    switch (kind) {
      case "plain":
        return operand;
      case "async":
        return this.#awaited(operand);
      case "generator":
        return this.#chance(25) ? `(yield* ${this.#delegate(kind, operand, depth)})` : `(yield ${operand})`;
      case "asyncGenerator":
        if (this.#chance(25)) return `(yield* ${this.#delegate(kind, operand, depth)})`;
        return this.#chance(50) ? `(yield ${operand})` : this.#awaited(operand);
    }
  }

  /** What `yield*` goes through: it may be closed or be thrown at on its way. */
  #delegate(kind: Kind, operand: string, depth: number): string {
    const isAsync = kind === "asyncGenerator";
    switch (this.#random(5)) {
      case 0:
        return `[${operand}, ${isAsync ? "later(6)" : "6"}]`;
      case 1:
        return `iterable("i", [${operand}, 7])`;
      case 2:
        return isAsync ? `asyncIterable("j", [${operand}, 7])` : `new Set([${operand}, 7]).values()`;
      default: {
        const own = this.#pick<Kind>(isAsync ? ["generator", "asyncGenerator"] : ["generator"]);
        const mark = own === "generator" ? "function*" : "async function*";
        const finish = this.#chance(30) ? `return ${this.#leafOf(own)};` : `print("f", ${this.#leafOf(own)});`;
        const body = `spend(); try { yield ${this.#name()}; ${this.#statement(own, depth - 2, new Set())} yield 8; } finally { ${finish} }`;
        return this.#outsideClass(() => `(${mark} () { ${body} })()`);
      }
    }
  }

  /** A leaf, waited for where that is possible. */
  #leafOf(kind: Kind): string {
    const suspends = kind === "async" || kind === "asyncGenerator";
    return suspends && this.#chance(60) ? this.#awaited(this.#leaf()) : this.#leaf();
  }

  /** Accessors and methods that ask their prototype, and arrow functions in them that do. */
  #heir(kind: Kind, depth: number): string {
    const base = `{ get g() { spend(); return ${this.#expression("plain", depth - 2)}; }, set g(v) { spend(); this.v = v; }, s(x) { spend(); return [x, this.k]; } }`;
    const ask = `async () => { spend(); return [super.s(await later(1)), super.g, this.v, arguments.length, await super.s?.(await 2)]; }`;
    const own = `get g() { spend(); return [super.g, this.k]; }, set g(v) { super.g = [v, super.s(v)]; }, async m() { spend(); super.g = ${this.#leafOf("async")}; this.g = await super.g; return (${ask})(); }`;
    return `{ __proto__: ${base}, k: ${this.#expression(kind, depth - 1)}, ${own} }`;
  }

  #awaited(operand: string): string {
    if (this.#chance(12)) return `(await fail(${operand}))`;
    return this.#chance(25) ? `(await ${operand})` : `(await later(${operand}, ${1 + this.#random(3)}))`;
  }

  #expression(kind: Kind, depth: number): string {
    if (depth <= 0) return this.#leaf();
    if (kind !== "plain" && this.#chance(28)) return this.#suspended(kind, depth);
    const next = (): string => this.#expression(kind, depth - 1);
    const name = this.#name();
    switch (this.#random(29)) {
      case 27:
        return kind === "async"
          ? `(await (async (o) => { spend(); return [await o.m(), o.g, keep(() => o.m())]; })(${this.#heir(kind, depth)}))`
          : `(${this.#heir(kind, depth)}).g`;
      case 28:
        return `tag\`x\${${next()}}y${this.#random(3)}\``;
      case 0:
        return `(${name} = ${next()})`;
      case 1:
        return `(${name} ${this.#pick(["+", "??", "||", "&&"])}= ${next()})`;
      case 2:
        return this.#pick([`${name}++`, `--${name}`]);
      case 3:
        return `(${next()} ${this.#pick(["+", "<", "===", "??"])} ${next()})`;
      case 4:
        return `typeof ${name}`;
      case 5:
      case 6:
        return `keep(${this.#arrow(depth)})`;
      case 7:
        return `keep(${this.#function(depth)})`;
      case 8:
        return `(${this.#arrow(depth)})(${next()}, ${next()})`;
      case 9:
        return `({ k: ${next()}, ${this.#method(depth)}, get g() { spend(); return ${this.#expression("plain", depth - 1)}; } }).g`;
      case 10:
        return `keep({ k: ${next()}, ${this.#method(depth, "m")} }.m)`;
      case 11:
        return `(0, [${name}, ${this.#name()} = ${next()}, ...${this.#name()}] = [${next()}, undefined, ${next()}])`;
      case 12:
        return `(0, { x: ${name} = ${next()}, [show("y")]: ${this.#name()}, ...${this.#name()} } = { x: ${next()}, y: ${next()}, z: 9 })`;
      case 13:
        return `keep(${this.#class(this.#pick(["", "a", "K"]), depth, kind)})`;
      case 14:
        return `(${next()}, ${next()})`;
      case 15:
        return `(${next()} ? ${next()} : ${next()})`;
      case 16:
        return `[${next()}, ...[${next()}], ${next()}]`;
      case 17:
        return `\`\${typeof ${next()}}-\${typeof ${next()}}\``;
      case 18:
        return `show(${next()})`;
      case 19:
        return `${name}?.k?.(${next()})`;
      case 20:
        return `((s, ...v) => v[0])\`x\${${next()}}y\${${next()}}\``;
      case 21:
        return this.#privates.length > 0 && this.#inClass
          ? `this.${this.#pick(this.#privates)}`
          : `{ a: ${next()} }.a`.replace(/.*/s, "($&)");
      case 22:
        return `[${next()}, ${next()}].map((${name}) => { spend(); return keep(() => ${this.#expression("plain", depth - 2)}), ${name}; })`;
      case 23:
        return kind === "async"
          ? `(await Promise.${this.#pick(["all", "allSettled"])}([${next()}, later(${next()}), (async () => ${this.#expression("async", depth - 1)})()]))`
          : next();
      case 24:
        return kind === "plain"
          ? next()
          : `(() => { try { return ${this.#expression("plain", depth - 1)}; } finally { spend(); } })()`;
      case 25:
        return `new (function (${name}) { this.k = new.target === undefined ? 0 : ${this.#expression("plain", depth - 1)}; })(${next()}).k`;
      default:
        return next();
    }
  }

  #anyKind(): Kind {
    return this.#pick(["plain", "plain", "async", "async", "generator", "asyncGenerator"]);
  }

  #arrow(depth: number): string {
    const kind = this.#pick<Kind>(["plain", "async"]);
    const parameters = this.#parameters(depth);
    const head = `${MARK[kind]}(${parameters.text}) =>`;
    if (this.#chance(30)) return `${head} (spend(), ${this.#expression(kind, depth - 1)})`;
    return `${head} { ${this.#body(kind, depth - 1, parameters.names)} }`;
  }

  #function(depth: number): string {
    const kind = this.#anyKind();
    const parameters = this.#parameters(depth);
    const own = this.#chance(40) ? this.#name() : "";
    const mark = MARK[kind];
    const head = mark.startsWith("async") ? `async function${mark.slice(6)}` : `function${mark}`;
    return this.#outsideClass(
      () => `${head} ${own}(${parameters.text}) { ${this.#body(kind, depth - 1, parameters.names)} }`,
    );
  }

  #method(depth: number, name = this.#fresh("m")): string {
    const kind = this.#anyKind();
    const parameters = this.#parameters(depth);
    return this.#outsideClass(
      () => `${MARK[kind]}${name}(${parameters.text}) { ${this.#body(kind, depth - 1, parameters.names)} }`,
    );
  }

  /** `this` of an ordinary function has no private names. */
  #outsideClass(write: () => string): string {
    const was = [this.#inClass, this.#hasArguments] as const;
    this.#inClass = false;
    this.#hasArguments = true;
    const text = write();
    [this.#inClass, this.#hasArguments] = was;
    return text;
  }

  /** The initial value of a field. */
  #initial(write: () => string): string {
    const was = this.#hasArguments;
    this.#hasArguments = false;
    const text = write();
    this.#hasArguments = was;
    return text;
  }

  #class(name: string, depth: number, kind: Kind): string {
    const outer = this.#privates;
    const wasIn = this.#inClass;
    const [field, method] = [`#p${this.#count++}`, `#q${this.#count++}`];
    const base = this.#chance(40) ? ` extends ${this.#pick(["Map", "Array", "class { m() { return 'base'; } }"])}` : "";
    const key = `[show(${kind === "plain" ? '"key"' : this.#expression(kind, 1)}) + "k"]`;
    this.#privates = [...outer, field];
    this.#inClass = true;
    const [async, generator] = ["async", "generator"] as const;
    const [accessor, hidden] = [`#r${this.#count++}`, `#h${this.#count++}`];
    const value = (): string => this.#initial(() => this.#expression("plain", depth - 2));
    const constant = (): string => this.#initial(() => this.#leaf().replace("this?.k", "0"));
    const text = `class ${name}${base} { ${field} = ${value()}; k = ${value()}; static s = (this.t = ${constant()});
      ${this.#derivedConstructor(base !== "", depth)}
      get ${accessor}() { spend(); return this.${field}; } set ${accessor}(v) { spend(); this.${field} = v; }
      static ${hidden} = ${constant()}; static w = keep(async () => { spend(); return [await later(${this.#name()}), this.t, super.name]; }); static h() { return [this.${hidden}, (() => this.${hidden}++)()]; }
      ${method}() { spend(); return this.${field}; } get ${this.#fresh("g")}() { return this.${method}(); }
      async n(${this.#name()}) { this.${accessor} += 1; [super.w, this.${accessor}] = [await 0, this.${accessor}]; super.nothing?.(await 1); ${this.#body(async, depth - 2, new Set(["a", "b", "c", "d"]))} }
      *i() { yield this.${field}; ${this.#body(generator, depth - 2, new Set())} }
      ${key}() { (() => { ({ x: super.v = 2 } = {}); })(); return [this.${method}(), this.v, ${base ? "typeof super.m" : "0"}]; }
      static { spend(); this.u = () => ${field} in this; } }`;
    this.#privates = outer;
    this.#inClass = wasIn;
    const use = (): string =>
      `(async () => { spend(); const o = new C(); print(C.u(), C.h(), Object.keys(o), o.e); print(await o.n(3)); return [...o.i()].length; })`;
    return `((C) => ${use()})(${text})`;
  }

  /** One that lets arrow functions see `this` before `super()` returns, or call it, and keeps them. */
  #derivedConstructor(isDerived: boolean, depth: number): string {
    if (!isDerived || this.#chance(50)) return "";
    const early = `new.target.f = () => [typeof this, this.k, ${this.#expression("plain", depth - 2)}];`;
    const call = this.#chance(50) ? "super();" : "const s = () => super(); s(); keep(() => s());";
    return `e = this.constructor.f?.(); constructor() { spend(); ${early} ${call} this.z = 1; keep(() => this.z++); }`;
  }

  #resource(isAsync: boolean, depth: number): string {
    const kind = isAsync ? "async" : "plain";
    const key = isAsync && this.#chance(70) ? "asyncDispose" : "dispose";
    const mark = key === "asyncDispose" ? "async " : "";
    if (this.#chance(10)) return "null";
    const own = key === "asyncDispose" ? kind : "plain";
    return this.#outsideClass(() => `({ ${mark}[Symbol.${key}]() { ${this.#body(own, depth - 1, new Set())} } })`);
  }

  /** The head of a `using` declaration that the kind allows, and its resource. */
  #using(kind: Kind, depth: number): { head: string; value: string } {
    const isAsync = (kind === "async" || kind === "asyncGenerator") && this.#chance(50);
    return { head: `${isAsync ? "await " : ""}using ${this.#fresh("u")}`, value: this.#resource(isAsync, depth) };
  }

  #parameters(depth: number): { text: string; names: Set<string> } {
    const names = NAMES.filter(() => this.#chance(33));
    const text = names
      .map((name) => {
        if (this.#chance(33)) return `${name} = ${this.#expression("plain", depth - 2)}`;
        return this.#chance(20) ? `{ ${name} } = {}` : name;
      })
      .join(", ");
    return { text, names: new Set(names) };
  }

  #body(kind: Kind, depth: number, declared: Set<string>): string {
    const count = 1 + this.#random(2);
    const statements = Array.from({ length: count }, () => this.#statement(kind, depth, declared)).join(" ");
    return `spend(); ${statements}${this.#chance(60) ? ` return ${this.#expression(kind, Math.max(depth, 0))};` : ""}`;
  }

  #block(kind: Kind, depth: number, declared = new Set<string>()): string {
    return `{ ${Array.from({ length: 1 + this.#random(3) }, () => this.#statement(kind, depth - 1, declared)).join(" ")} }`;
  }

  /** A block that a loop repeats. */
  #loopBlock(kind: Kind, depth: number): string {
    return this.#block(kind, depth).replace("{", "{ spend();");
  }

  #statement(kind: Kind, depth: number, declared: Set<string>): string {
    const next = (): string => this.#expression(kind, Math.min(depth, 2));
    const name = this.#name();
    if (depth <= 0) return `${next()};`;
    const suspends = kind === "async" || kind === "asyncGenerator";
    switch (this.#random(26)) {
      case 24: {
        const label = this.#fresh("L");
        const finish = suspends ? `await later(${this.#leaf()}, 2);` : "";
        const leap = (): string =>
          this.#pick([`continue ${label};`, `break ${label};`, `if (n) continue ${label};`, ""]);
        return `${label}: for (let ${name} = 0, n = 0; n < 3; n++) { spend(); keep(() => [${name}++, n]); for (const m of [1, 2]) try { ${this.#statement(kind, depth - 1, new Set())} ${leap()} } catch (${this.#name()}) { ${leap()} } finally { ${finish} print(n, m); ${this.#chance(20) ? leap() : ""} } }`;
      }
      case 25: {
        if (!suspends) return `for (const ${name} of iterable("k", [${next()}, 2])) ${this.#loopBlock(kind, depth)}`;
        const source = this.#pick([
          `asyncIterable("k", [${next()}, 2])`,
          `iterable("k", [later(${next()}), ${next()}])`,
          this.#delegate("asyncGenerator", next(), depth),
        ]);
        return `for await (const ${name} of ${source}) { spend(); if (${next()}) ${this.#pick(["break", "continue"])}; ${this.#statement(kind, depth - 1, new Set([name]))} }`;
      }
      case 20:
      case 21: {
        const { head, value } = this.#using(kind, depth);
        const own = new Set<string>();
        return `{ ${head} = ${value}; ${this.#statement(kind, depth - 1, own)} ${this.#statement(kind, depth - 1, own)} }`;
      }
      case 22: {
        const { head, value } = this.#using(kind, depth);
        return `for (${head} of [${value}, ${value}]) ${this.#loopBlock(kind, depth)}`;
      }
      case 23: {
        const label = this.#fresh("L");
        return `${label}: { if (${next()}) break ${label}; ${this.#statement(kind, depth - 1, new Set())} }`;
      }
      case 0:
        return `print(${next()});`;
      case 1:
      case 2:
      case 3: {
        if (declared.has(name)) return `print(${name}, ${next()});`;
        declared.add(name);
        if (this.#chance(20)) return `let { x: ${name} = ${next()} } = { x: ${this.#pick(["undefined", "3"])} };`;
        return `${this.#pick(["let", "const"])} ${name} = ${next()};`;
      }
      case 4:
        return `var ${this.#fresh("v")} = ${next()};`;
      case 5: {
        if (declared.has(name)) return `${next()};`;
        declared.add(name);
        const own = this.#anyKind();
        const mark = MARK[own];
        const head = mark.startsWith("async") ? `async function${mark.slice(6)}` : `function${mark}`;
        const { text, names } = this.#parameters(depth);
        return this.#outsideClass(
          () => `${head} ${name}(${text}) { ${this.#body(own, depth - 1, names)} } keep(${name});`,
        );
      }
      case 6:
      case 7:
        return `for (let ${name} = ${this.#chance(20) ? next() : "0"}, n = 0; n < 3; n++, ${this.#pick([`${name}++`, next()])}) ${this.#loopBlock(kind, depth)}`;
      case 8:
        return `for (${this.#pick(["let", "const"])} ${name} of [${next()}, ${next()}]${this.#pick(["", "", ".values()", ".keys()"])}) ${this.#loopBlock(kind, depth)}`;
      case 9:
        return suspends
          ? `for await (const ${name} of [later(${next()}), ${next()}]) ${this.#loopBlock(kind, depth)}`
          : `for (const ${name} of new Set([${next()}, 8])${this.#pick(["", ".values()", ".keys()"])}) ${this.#loopBlock(kind, depth)}`;
      case 10:
        return `for (const ${name} in { p: ${next()}, q: 2 }) ${this.#loopBlock(kind, depth)}`;
      case 11:
        return `try ${this.#block(kind, depth)} catch (${this.#pick([name, `{ name: ${name} = ${next()} }`])}) ${this.#block(kind, depth, new Set([name]))}`;
      case 12:
        return `try ${this.#block(kind, depth)} finally ${this.#block(kind, depth)}`;
      case 13: {
        const cases = new Set<string>();
        return `switch (${next()}) { case 1: ${this.#statement(kind, depth - 1, cases)} ${this.#chance(50) ? "break;" : ""} default: ${this.#statement(kind, depth - 1, cases)} case ${next()}: ${this.#statement(kind, depth - 1, cases)} }`;
      }
      case 14:
        return `if (${next()}) ${this.#block(kind, depth)} else ${this.#block(kind, depth)}`;
      case 15: {
        const label = this.#fresh("L");
        const leap = `if (${next()}) ${this.#pick(["continue", "break"])} ${label};`;
        return `${label}: for (let ${name} = 0, n = 0; n < 2; n++) { spend(); keep(() => ${name}++); try ${this.#block(kind, depth)} finally { ${leap} } ${next()}; }`;
      }
      case 16: {
        if (declared.has(name)) return `${next()};`;
        declared.add(name);
        return `const ${name} = ${this.#class(name, depth, kind)}; keep(${name});`;
      }
      case 17:
        return this.#chance(40) ? `if (${next()}) throw ${next()};` : `if (${next()}) return ${next()};`;
      case 18: {
        const generator = this.#function(depth).replace(/^(async )?function\*?/, "function*");
        const safe = generator.includes("await") ? `function* () { yield ${this.#leaf()}; }` : generator;
        return `for (const ${name} of (${safe})()) ${this.#loopBlock(kind, depth)}`;
      }
      default:
        return this.#block(kind, depth);
    }
  }
}
