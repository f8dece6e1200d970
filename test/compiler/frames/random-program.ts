/**
 * Programs made from a seed: statements × suspensions × try/finally × loops × leaps × patterns, in the three kinds of
 * suspending functions. Every loop burns fuel, so every program ends; every expression logs, so every order is seen.
 */
type Kind = "async" | "generator" | "asyncGenerator";

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Place {
  /** Variables in scope, by whether they may be written. */
  readonly names: readonly string[];
  readonly constants: readonly string[];
  readonly labels: readonly { name: string; loop: boolean }[];
  readonly inLoop: boolean;
  readonly inSwitch: boolean;
  readonly depth: number;
}

class Generator {
  readonly #next: () => number;
  readonly #kind: Kind;
  #count = 0;
  /** Within a function of its own: nothing suspends there. */
  #isPlain = false;

  constructor(seed: number, kind: Kind) {
    this.#next = random(seed);
    this.#kind = kind;
  }

  #below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }

  #chance(probability: number): boolean {
    return this.#next() < probability;
  }

  #name(prefix: string): string {
    // Few names, so that they shadow each other.
    return this.#chance(0.5) ? `${prefix}${this.#below(3)}` : `${prefix}${10 + this.#count++}`;
  }

  #suspension(place: Place, depth: number): string {
    const operand = this.expression(place, depth - 1);
    const awaited = this.#chance(0.15) ? `fail(${operand} ?? "none")` : `later(${operand}, ${1 + this.#below(3)})`;
    if (this.#kind === "async") return `(await ${this.#chance(0.3) ? operand : awaited})`;
    if (this.#kind === "generator") {
      if (this.#chance(0.12)) return `(yield* iterable("d${this.#count++}", [${operand}, 2]))`;
      return this.#chance(0.1) ? `(yield* inner(${operand}))` : `(yield ${operand})`;
    }
    if (this.#chance(0.1))
      return `(yield* ${this.#chance(0.5) ? "asyncIterable" : "iterable"}("d${this.#count++}", [${operand}, 2]))`;
    return this.#chance(0.5) ? `(yield ${this.#chance(0.2) ? awaited : operand})` : `(await ${awaited})`;
  }

  expression(place: Place, depth: number): string {
    if (depth <= 0) return this.#leaf(place);
    if (!this.#isPlain && this.#chance(0.35)) return this.#suspension(place, depth);
    const e = (): string => this.expression(place, depth - 1);
    const target = (): string => (place.names.length > 0 ? this.#pick(place.names) : "box.v");
    switch (this.#below(26)) {
      case 0:
        return `(${e()} + ${e()})`;
      case 1:
        return `(${e()} ${this.#pick(["&&", "||"])} ${e()})`;
      case 2:
        return `(${e()} ?? ${e()})`;
      case 3:
        return `(${e()} ? ${e()} : ${e()})`;
      case 4:
        return `log(${e()}, ${e()})`;
      case 5:
        return `box.m(${e()}, ${e()})`;
      case 6:
        return `[${e()}, ...list(${e()}), ${e()}]`;
      case 7:
        return `{ a: ${e()}, [key(${e()})]: ${e()}, ...spread(${e()}) }.a`.replace(/^/, "(").replace(/$/, ")");
      case 8:
        return `\`\${${e()}}-\${${e()}}\``;
      case 9:
        return place.names.length > 0
          ? `(${this.#pick(place.names)} ${this.#pick(["=", "+=", "??=", "||=", "&&="])} ${e()})`
          : e();
      case 10:
        return `(box.v ${this.#pick(["=", "+=", "??=", "&&="])} ${e()})`;
      case 11:
        return `box[key(${e()})]`;
      case 12:
        return `maybe(${e()})?.m(${e()}, ${e()})`;
      case 13:
        return `(${e()}, ${e()})`;
      case 14:
        return `tag\`a\${${e()}}b\${${e()}}\``;
      case 15:
        return `new Thing(${e()}, ${e()}).v`;
      case 16:
        return `maybe(${e()})?.[key(${e()})]`;
      case 17:
        return `maybe(${e()})?.m(${e()})?.a?.[${e()}]`;
      case 18:
        return `[${target()}, ${target()} = ${e()}] = iterable("t${this.#count++}", [${e()}, undefined])`.replace(
          /^.*$/,
          "($&)",
        );
      case 19:
        return `({ a: ${target()} = ${e()}, [key(${e()})]: ${target()} } = { a: ${e()}, b: ${e()} })`;
      case 20:
        return place.names.length > 0 ? `(${this.#pick(place.names)}${this.#pick(["++", "--"])}, ${e()})` : e();
      case 21:
        return this.#plain(() => `((z = ${e()}) => (log("arrow"), ${e()}))(${e()})`);
      case 22:
        return this.#plain(() => `(class { static [key(${e()})] = ${e()}; static c = this.b; }).c`);
      case 23:
        return `log(...list(${e()}), ${e()})`;
      case 24:
        return `(delete maybe(${e()})?.[key(${e()})], typeof ${e()})`;
      default:
        return `boom(${e()})`;
    }
  }

  #plain(make: () => string): string {
    const before = this.#isPlain;
    this.#isPlain = true;
    const made = make();
    this.#isPlain = before;
    return made;
  }

  #leaf(place: Place): string {
    const all = [...place.names, ...place.constants];
    if (all.length > 0 && this.#chance(0.5)) return this.#pick(all);
    return this.#pick(["0", "1", "2", '"s"', "null", "undefined", "box.v", "true"]);
  }

  block(place: Place, length = 1 + this.#below(4)): string {
    let here: Place = { ...place, depth: place.depth - 1 };
    const statements: string[] = [];
    const declared = new Set<string>();
    for (let i = 0; i < length; i++) {
      if (this.#chance(0.25)) {
        const [text, names, constant] = this.#declaration(here, declared);
        statements.push(text);
        // A name that is declared here hides the outer one in both lists.
        const keep = (list: readonly string[]): string[] => list.filter((name) => !names.includes(name));
        here = {
          ...here,
          names: constant ? keep(here.names) : [...keep(here.names), ...names],
          constants: constant ? [...keep(here.constants), ...names] : keep(here.constants),
        };
      } else statements.push(this.statement(here));
    }
    return `{ ${statements.join(" ")} }`;
  }

  #declaration(place: Place, declared: Set<string>): [text: string, names: string[], constant: boolean] {
    const fresh = (): string => {
      let name = this.#name("v");
      while (declared.has(name)) name = `v${100 + this.#count++}`;
      declared.add(name);
      return name;
    };
    const constant = this.#chance(0.4);
    const keyword = constant ? "const" : "let";
    const e = (): string => this.expression(place, 2);
    // Initialisers may name the hidden outer variable: then the access is too early, natively as compiled.
    switch (this.#below(5)) {
      case 0: {
        const [a, b] = [fresh(), fresh()];
        return [
          `${keyword} [${a}, ${b} = ${e()}] = iterable("p${this.#count++}", [${e()}, undefined, 3]);`,
          [a, b],
          constant,
        ];
      }
      case 1: {
        const [a, b, c] = [fresh(), fresh(), fresh()];
        return [
          `${keyword} { a: ${a} = ${e()}, [key(${e()})]: ${b}, ...${c} } = { a: ${e()}, b: 1, z: 2 };`,
          [a, b, c],
          constant,
        ];
      }
      case 2: {
        if (constant) break;
        const a = fresh();
        return [`let ${a};`, [a], false];
      }
    }
    const a = fresh();
    return [`${keyword} ${a} = ${e()};`, [a], constant];
  }

  statement(place: Place): string {
    const e = (depth = 2): string => this.expression(place, depth);
    if (place.depth <= 0) return `${e()};`;
    switch (this.#below(18)) {
      case 0:
        return `if (${e()}) ${this.block(place)}`;
      case 1:
        return `if (${e()}) ${this.block(place)} else ${this.block(place)}`;
      case 2:
        return this.#loop(place, (inside) => `while (fuel() && (${e()}, true)) ${this.block(inside)}`);
      case 3:
        return this.#loop(place, (inside) => `do ${this.block(inside)} while (fuel() && ${e()});`);
      case 4:
        return this.#loop(place, (inside) => {
          const i = this.#name("i");
          const within = {
            ...inside,
            constants: [...inside.constants.filter((n) => n !== i), i],
            names: inside.names.filter((n) => n !== i),
          };
          const update = this.#chance(0.3) ? `(${i}++, ${this.expression(within, 1)})` : `${i}++`;
          return `for (let ${i} = 0; ${i} < ${1 + this.#below(3)} && fuel(); ${update}) ${this.block(within)}`;
        });
      case 5:
      case 6:
        return this.#loop(place, (inside) => {
          const x = this.#name("x");
          const within = {
            ...inside,
            constants: [...inside.constants.filter((n) => n !== x), x],
            names: inside.names.filter((n) => n !== x),
          };
          const values = `iterable("o${this.#count++}", [${this.expression(inside, 1)}, 2, 3])`;
          if (this.#kind !== "generator" && this.#chance(0.4)) {
            return `for await (const ${x} of ${this.#chance(0.5) ? values : values.replace("iterable", "asyncIterable")}) ${burning(this.block(within))}`;
          }
          return `for (const ${x} of ${values}) ${burning(this.block(within))}`;
        });
      case 7:
        return this.#loop(place, (inside) => {
          const x = this.#name("k");
          const within = {
            ...inside,
            constants: [...inside.constants.filter((n) => n !== x), x],
            names: inside.names.filter((n) => n !== x),
          };
          return `for (const ${x} in { a: ${this.expression(inside, 1)}, b: 1 }) ${burning(this.block(within))}`;
        });
      case 8:
      case 9: {
        const error = this.#name("e");
        const within = {
          ...place,
          constants: [...place.constants.filter((n) => n !== error), error],
          names: place.names.filter((n) => n !== error),
        };
        return `try ${this.block(place)} catch (${error}) ${this.block(within)}`;
      }
      case 10:
        return `try ${this.block(place)} finally ${this.block(place)}`;
      case 11: {
        const pattern = this.#chance(0.3) ? `({ message: c = ${e(1)} })` : "";
        return `try ${this.block(place)} catch ${pattern} ${this.block(place)} finally ${this.block(place)}`;
      }
      case 12:
      case 13:
        return this.#leap(place);
      case 14: {
        const inside = { ...place, inSwitch: true };
        const cases = Array.from(
          { length: 1 + this.#below(3) },
          () =>
            `case ${e(1)}: ${this.#chance(0.5) ? this.block(inside) : this.statement({ ...inside, depth: place.depth - 1 })} ${this.#chance(0.5) ? "break;" : ""}`,
        );
        if (this.#chance(0.6)) cases.splice(this.#below(cases.length + 1), 0, `default: ${this.block(inside)}`);
        return `switch (${e(1)}) { ${cases.join(" ")} }`;
      }
      case 15: {
        const name = `L${this.#count++}`;
        return `${name}: ${this.block({ ...place, labels: [...place.labels, { name, loop: false }] })}`;
      }
      case 16:
        return this.#chance(0.5) ? `throw ${e(1)} ?? "none";` : `log("s", ${e()});`;
      default:
        return `${e(3)};`;
    }
  }

  #loop(place: Place, make: (inside: Place) => string): string {
    const inside = { ...place, inLoop: true, inSwitch: false };
    if (!this.#chance(0.4)) return make(inside);
    const name = `L${this.#count++}`;
    return `${name}: ${make({ ...inside, labels: [...place.labels, { name, loop: true }] })}`;
  }

  #leap(place: Place): string {
    const when = this.#chance(0.6) ? `if (${this.expression(place, 1)}) ` : "";
    const choices = [`return ${this.expression(place, 1)};`, "return;"];
    if (place.inLoop) choices.push("break;", "continue;", "continue;");
    if (place.inSwitch) choices.push("break;");
    for (const label of place.labels)
      choices.push(`break ${label.name};`, ...(label.loop ? [`continue ${label.name};`] : []));
    return when + this.#pick(choices);
  }

  steps(): string {
    const steps = Array.from({ length: 8 }, (_, i) => {
      const how = this.#chance(0.75) ? "next" : this.#pick(["throw", "return"]);
      return `["${how}", ${i}]`;
    });
    return `[${steps.join(", ")}]`;
  }

  sequential(): boolean {
    return this.#chance(0.5);
  }
}

/** A loop over something has an end of its own, but many in each other would take too long. */
const burning = (block: string): string => block.replace("{", "{ if (!fuel()) break;");

const PRELUDE = `let fuelLeft = 14;
const fuel = () => fuelLeft-- > 0;
const box = { get v() { log("get v"); return this.w ?? 4; }, set v(x) { log("set v", x); this.w = x; }, m(...a) { log("m", this === box, ...a); return a[0]; }, a: 5 };
const list = (x) => { log("list", x); return [x, 1]; };
const key = (x) => { log("key"); return { toString() { return "b" + typeof x; } } && "b"; };
const spread = (x) => { log("spread"); return { q: x }; };
const maybe = (x) => (x ? box : null);
const boom = (x) => { if (x === 2) throw new Error("boom"); return x; };
const tag = (s, ...v) => { log("tag", s, ...v); return v[0]; };
class Thing { constructor(a, b) { log("Thing", a, b); this.v = b; } }
function* inner(x) { try { const y = yield x; log("inner", y); return y; } finally { log("inner ends"); } }
`;

export function randomProgram(seed: number): { source: string; kind: Kind } {
  const kind = (["async", "async", "generator", "asyncGenerator"] as const)[seed % 4]!;
  const generator = new Generator(seed, kind);
  const body = generator.block(
    { names: ["p"], constants: ["q"], labels: [], inLoop: false, inSwitch: false, depth: 3 + (seed % 3) },
    4,
  );
  const head = { async: "async function f", generator: "function* f", asyncGenerator: "async function* f" }[kind];
  const definition = `${PRELUDE}${head}(p, q) ${body}\n`;
  if (kind === "async")
    return {
      kind,
      source: `${definition}async function main() { return await Promise.all([f(1, 2)]); }\nreturn main;`,
    };
  const steps = generator.steps();
  const again = `try { log("step", ${kind === "generator" ? "" : "await "}g[how](value)); } catch (e) { log("threw", e); }`;
  const run =
    kind === "generator" || generator.sequential()
      ? `for (const [how, value] of ${steps}) { ${again} }`
      : `await Promise.all(${steps}.map(([how, value], i) => g[how](value).then((x) => log("done", i, x), (e) => log("failed", i, e))));`;
  return { kind, source: `${definition}async function main() { const g = f(1, 2); ${run} }\nreturn main;` };
}
