/**
 * Random programs about scopes: nested functions, shadowing, loops, switches, classes, early uses, assignments to all
 * kinds of names. Deterministic for a seed; they end, and what they print depends on which variable each name means.
 */

/** A generator of numbers below a bound, from a seed (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const NAMES = ["a", "b", "c", "d"];

export function randomProgram(seed: number): string {
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  let counter = 0;
  const fresh = (): string => `v${counter++}`;

  const expression = (depth: number): string => {
    if (depth <= 0) return pick([...NAMES, "1", "2", "this?.k"]);
    const next = (): string => expression(depth - 1);
    switch (random(18)) {
      case 0:
        return `(${pick(NAMES)} = ${next()})`;
      case 1:
        return `(${pick(NAMES)} += ${next()})`;
      case 2:
        return `${pick(NAMES)}++`;
      case 3:
        return `(${next()} + ${next()})`;
      case 4:
        return `typeof ${pick(NAMES)}`;
      case 5:
        return `keep(() => ${next()})`;
      case 6:
        return `keep(function ${pick(["", "a", "f1"])}${callable(depth - 1)})`;
      case 7:
        return `(${callable(depth - 1, "=>")})(${next()}, ${next()})`;
      case 8:
        return `(${pick(NAMES)} ${pick(["??", "||", "&&"])}= ${next()})`;
      case 9:
        return `keep({ k: ${next()}, m${callable(depth - 1)}, get g() { return ${next()}; } }).g`;
      case 10:
        return `(0, [${pick(NAMES)}, ${pick(NAMES)} = ${next()}] = [${next()}])`;
      case 11:
        return `keep(class ${pick(["", "a", "K"])} { k = ${next()}; #p = ${next()}; static s = ${next()}; m() { ${body(depth - 1)} } q() { return () => [this.#p, ${next()}]; } })`;
      case 12:
        return `run(function* ${callable(depth - 1)})`;
      case 13:
        return `(0, { x: ${pick(NAMES)} = ${next()} } = { x: ${pick(["undefined", "3"])} })`;
      case 14:
        return `(${next()}, ${next()})`;
      case 15:
        return `later(async ${callable(depth - 1, "=>")})`;
      default:
        return `show(${next()})`;
    }
  };

  /** Parameters and body; the body's own declarations do not clash with the parameters. */
  const callable = (depth: number, arrow = ""): string => {
    const names = NAMES.filter(() => random(3) === 0);
    const parameters = names.map((name) =>
      random(3) === 0 ? `${name} = ${expression(depth)}` : random(4) === 0 ? `{ ${name} } = {}` : name,
    );
    return `(${parameters.join(", ")}) ${arrow} { ${body(depth, new Set(names))} }`;
  };

  const statement = (depth: number, declared: Set<string>): string => {
    const next = (): string => expression(Math.min(depth, 2));
    const block = (): string => `{ ${statements(depth - 1)} }`;
    const name = pick(NAMES);
    switch (depth <= 0 ? random(3) : random(16)) {
      case 0:
      case 1:
        return `${next()};`;
      case 2:
      case 3: {
        if (declared.has(name)) return `print(${next()});`;
        declared.add(name);
        return `${pick(["let", "const"])} ${name} = ${next()};`;
      }
      case 4:
        return declared.has(name) ? ";" : `var ${fresh()} = ${next()};`;
      case 5: {
        if (declared.has(name)) return ";";
        declared.add(name);
        return `function ${name}${callable(depth - 1)}`;
      }
      case 6:
        return `for (let ${name} = 0; ${name} < 2; ${name}++) ${block()}`;
      case 7:
        return `for (${pick(["let", "const"])} ${name} of [${next()}, ${next()}]) ${block()}`;
      case 8:
        return `for (const ${name} in { p: 1, q: 2 }) ${block()}`;
      case 9:
        return `try ${block()} catch (${pick([name, `{ name: ${name} }`])}) { ${block()} }`;
      case 10:
        return `switch (${next()}) { case 1: ${statements(depth - 1)} default: ${next()}; }`;
      case 11:
        return `if (${next()}) ${block()} else ${block()}`;
      case 12: {
        const label = fresh();
        return `${label}: for (let ${name} = 0; ${name} < 2; ${name}++) { ${statements(depth - 1)} if (${next()}) continue ${label}; ${next()}; }`;
      }
      case 13: {
        if (declared.has(name)) return ";";
        declared.add(name);
        return `class ${name} { static s = ${next()}; m() { ${body(depth - 1)} } static { ${next()}; } }`;
      }
      case 14:
        return `try { ${next()}; } finally ${block()}`;
      default:
        return block();
    }
  };

  const statements = (depth: number, declared = new Set<string>()): string => {
    return Array.from({ length: 1 + random(3) }, () => statement(depth, declared)).join(" ");
  };

  const body = (depth: number, declared = new Set<string>()): string => {
    const inner = statements(depth, declared);
    return random(2) === 0 ? inner : `${inner} return ${expression(Math.max(depth, 0))};`;
  };

  return `
    Function.prototype.toString = () => "source"; let budget = 300; const kept = [];
    const spend = () => { if (--budget < 0) throw "spent"; };
    const show = (x) => { spend(); print(typeof x === "function" ? x.name : typeof x === "symbol" ? "symbol" : x); return x; };
    const keep = (f) => { spend(); kept.push(f); return f; };
    const run = (f) => { spend(); return [...f(1, 2)].length; };
    const later = (f) => { spend(); f(1, 2).then(print, print); return 0; };
    const attempt = (f) => { try { return f(); } catch (e) { print(e === "spent" ? "spent" : e.name); } };
    (function (a, b) { var d = 4; attempt(() => { ${statements(3)} }); { ${statements(4)} } }).call({ k: 7 }, 1, 2);
    for (let i = 0; i < kept.length && i < 30; i++) attempt(() => {
      const f = kept[i];
      if (typeof f !== "function") { show(f.m(1)); return; }
      let made; try { made = f(1, 2); } catch (e) { if (!(e instanceof TypeError)) throw e; made = new f(3); show(made.m()); show(made.q?.()()); }
      show(made);
    });`;
}
