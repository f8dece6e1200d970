/**
 * Damaged programs as texts: chunks of the repository's own workflows, samples and fixtures whose tokens are cut, doubled,
 * swapped, replaced, taken from elsewhere or nested deep, and whose bytes are damaged.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../stream/fake/index.ts";
import { damaged } from "./mutate.ts";

const ROOT = join(import.meta.dirname, "../..");
const FILES = globSync(
  ["workflows/*.ts", "test/samples/compile/*/main.*", "test/fixtures/{values,workflows,sharing}/*.ts"],
  { cwd: ROOT },
).sort();

/** Top-level pieces, without imports: what one of them needs of the others is a free name. */
const CHUNKS: readonly string[] = FILES.flatMap((file) =>
  readFileSync(join(ROOT, file), "utf8")
    .replace(/^import .*;$/gm, "")
    .split(/\n(?=(?:\/\*\*|export|async|function|class|const|let|enum|namespace|interface|type|for|await)\b)/)
    .filter((chunk) => chunk.trim().length > 30 && isSound(chunk)),
);

/** Every bracket has its other one: what was split in the middle has not. */
function isSound(chunk: string): boolean {
  let depth = 0;
  for (const sign of chunk.replaceAll(/"[^"\n]*"|'[^'\n]*'/g, "").match(/[()[\]{}]/g) ?? []) {
    depth += "([{".includes(sign) ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

const TOKEN =
  /\s+|\/\/[^\n]*|[\p{ID_Start}$_#@][\p{ID_Continue}$]*|\d[\w.]*|"[^"\n]*"|'[^'\n]*'|[=!<>*&|?+.-]{1,4}|./gsu;
const STRANGE = [
  ..."await yield async function* function class extends super this new.target import.meta import( import export default".split(
    " ",
  ),
  ..."let const var using static get set accessor of in instanceof typeof delete void throw return break continue".split(
    " ",
  ),
  ..."for while do if else switch case try catch finally with debugger enum namespace declare abstract satisfies as".split(
    " ",
  ),
  ..."arguments eval undefined NaN constructor prototype __proto__ $k $T $x1 $f $mode $value #x #constructor @dec".split(
    " ",
  ),
  ..."{ } ( ) [ ] ; , : ? ?. ?? ??= => ... = += **= ++ -- ! ~ < > <T> / /x/ /[/ /(?<n>.)/v ` ${ \\ @ # ' \" 0n 08 0x 1_0 1e999".split(
    " ",
  ),
  ..."\u2028 \u2029 \ufeff \u0000 \ud800 \u{1f600} \u200d \\u0061 \\u{110000} \u00e9 \u{20bb7} \u202e <!-- -->".split(
    " ",
  ),
  "\n",
  "`${",
  "}`",
  "#!/usr/bin/env node\n",
  '"use strict";',
  "/*",
  "*/",
  "//",
  "for await (const x of y)",
  "async () => { await 1 }",
  "function* g() { yield* g() }",
  "class A { static { await 1 } #p = yield }",
  "({ ...a, [await b]: c } = await d)",
  "label: for (;;) { continue label }",
  "export * from 'kawait';",
  "import { suspend as await } from 'kawait';",
  "export const workflow = { default: true, limits: { stepMs: -1 } };",
];
/** What is nested: what opens and what closes. */
const NESTS: readonly (readonly [string, string])[] = [
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
  ["!", ""],
  ["- ", ""],
  ["await ", ""],
  ["`${", "}`"],
  ["() => ", ""],
  ["async () => await ", ""],
  ["f(", ")"],
  ["a?.[", "]"],
  ["a + ", ""],
  ["a ? ", " : b"],
  ["class extends ", " {}"],
  ["function f() {", "}"],
  ["if (a) ", ""],
  ["if (a) ; else ", ""],
  ["for (;;) ", ""],
  ["try {", "} finally {}"],
  ["x: ", ""],
  ["{ a: ", "}"],
  ["new ", ""],
];
const DEPTHS = [3, 30, 300, 1_200, 5_000, 40_000];

const tokensOf = (text: string): string[] => text.match(TOKEN) ?? [];

/** Some of the repository's source, sound. */
export function soundSource(random: Random): string {
  return Array.from({ length: 1 + random.below(3) }, () => random.pick(CHUNKS)).join("\n");
}

/** The same, damaged here and there: half of them in ways that often leave a program. */
export function damagedSource(random: Random, sound = soundSource(random)): string {
  let tokens = tokensOf(sound);
  const isMild = random.chance(0.5);
  for (let count = 1 + random.below(isMild ? 2 : 4); count > 0; count--)
    tokens = isMild ? mildlyDamaged(random, tokens) : damagedTokens(random, tokens);
  const text = tokens.join("");
  if (isMild || random.chance(0.8)) return text;
  return Buffer.from(damaged(random, Buffer.from(text))).toString(random.chance(0.5) ? "utf8" : "latin1");
}

/** What may stand for each other. */
const ALIKE: readonly (readonly string[])[] = [
  ["let", "const", "var", "using"],
  ["+", "-", "*", "**", "&&", "||", "??", ",", "===", "<", "in", "instanceof", "|"],
  ["=", "+=", "&&=", "??=", "**="],
  ["break", "continue", "return", "throw", "debugger"],
  [".", "?.", "?.["],
  ["this", "super", "arguments", "eval", "new.target", "undefined", "async", "await", "yield", "of", "let"],
  ["for", "while", "if", "with"],
  ["function", "function*", "async function", "async function*"],
];
const WRAPS: readonly (readonly [string, string])[] = [
  ["(", ")"],
  ["await ", ""],
  ["(await ", ")"],
  ["(yield ", ")"],
  ["[", "]"],
  ["...", ""],
  ["(() => ", ")()"],
  ["(await (async () => ", ")())"],
  ["(async function* () { yield* ", "; })()"],
  ["new (class { #p = ", "; get p() { return this.#p; } })().p"],
  ["eval(`${", "}`)"],
  ["delete ", ""],
  ["typeof ", ""],
  ["(", ", 1)"],
  ["(", " ?? await 0)"],
  ["void ", "?.x"],
  ["({ a: ", ", ...b })"],
  ["`x${", "}y`"],
  ["f`${", "}`"],
];
const NAME = /^[\p{ID_Start}$_]/u;

function mildlyDamaged(random: Random, tokens: string[]): string[] {
  const names = tokens.flatMap((token, index) => (NAME.test(token) ? [index] : []));
  if (names.length === 0) return tokens;
  const at = random.pick(names);
  const damagedHere = [...tokens];
  switch (random.below(5)) {
    case 0:
      damagedHere[at] = tokens[random.pick(names)]!;
      break;
    case 1: {
      const [open, close] = random.pick(WRAPS);
      damagedHere[at] = open + tokens[at] + close;
      break;
    }
    case 2: {
      const lines = tokens.join("").split("\n");
      const line = random.below(lines.length);
      const [moved] = lines.splice(line, random.below(2));
      lines.splice(random.below(lines.length + 1), 0, moved ?? lines[line]!);
      return tokensOf(lines.join("\n"));
    }
    default: {
      const group = random.pick(ALIKE);
      const places = tokens.flatMap((token, index) => (group.includes(token) ? [index] : []));
      if (places.length > 0) damagedHere[random.pick(places)] = random.pick(group);
      else damagedHere[at] = random.pick(group);
    }
  }
  return damagedHere;
}

function damagedTokens(random: Random, tokens: string[]): string[] {
  const at = random.below(tokens.length + 1);
  const end = Math.min(tokens.length, at + 1 + random.below(random.chance(0.8) ? 4 : 60));
  const piece = tokens.slice(at, end);
  const [before, behind] = [tokens.slice(0, at), tokens.slice(end)];
  switch (random.below(8)) {
    case 0:
      return [...before, ...behind];
    case 1:
      return [...before, ...piece, ...piece, ...behind];
    case 2: {
      const other = random.below(tokens.length + 1);
      const moved = [...before, ...behind];
      return [...moved.slice(0, other), ...piece, ...moved.slice(other)];
    }
    case 3: {
      const others = tokensOf(random.pick(CHUNKS));
      const from = random.below(others.length);
      return [...before, ...others.slice(from, from + 1 + random.below(12)), ...behind];
    }
    case 4:
      return before;
    case 5: {
      const [open, close] = random.pick(NESTS);
      const depth = random.pick(DEPTHS.slice(0, random.chance(0.97) ? 3 : DEPTHS.length));
      return [...before, open.repeat(depth), ...piece, close.repeat(depth), ...behind];
    }
    case 6:
      return [...before, random.pick(STRANGE), ...behind];
    default:
      return [...before, ...piece, ` ${random.pick(STRANGE)} `, ...behind];
  }
}

/** Short texts that end soon, for code made at run time. */
const SNIPPETS = [
  "let n = 1; n += 2; n",
  "return 1 + 2",
  "var list = [1, 2, 3]; list.map((x) => x * 2).join()",
  "const { a, b = 2, ...rest } = { a: 1, c: 3 }; return [a, b, rest]",
  "class A { #p = 1; static s = 2; get p() { return this.#p; } static { this.t = 3; } } new A().p + A.s + A.t",
  "function* g() { try { yield 1; yield* [2, 3]; } finally { yield 4; } } [...g()].length",
  "yield 1; const got = yield [2]; yield typeof got",
  "async function f() { await 1; } typeof f().then",
  "for (var i = 0, sum = 0; i < 5; i++) { if (i === 3) continue; sum += i; } sum",
  "out: for (const x of [1, 2]) for (const y in { p: 1, q: 2 }) { if (y === 'q') continue out; } 7",
  "switch (3) { case 1: 'a'; default: 'd'; case 2: 'b'; break; case 4: }",
  "try { null.x } catch ({ name }) { name } finally { 5 }",
  "with ({ x: 1, y: 2 }) { x + y }",
  "var f = function self(n) { return n < 2 ? 1 : n * self(n - 1); }; f(5)",
  `\`a\${1 + 1}b\${\`c\${3}\`}\``,
  `((s, ...v) => s.raw.join('-') + v)\`x\${1}y\\n\${2}z\``,
  "({ get a() { return 1; }, set a(v) {}, ['b' + 1]: 2, async *c() {}, __proto__: null, a: 5 }).a",
  "typeof undeclared + typeof this + typeof arguments",
  "a ??= 5; b &&= 1; a?.b?.[c]?.(d)",
  "x = 5; delete x; typeof x",
  "var x = 1; { let x = 2; var g = () => x; } g() + x",
  "{ function hoisted() { return 1; } } hoisted()",
  "'use strict'; undeclared2 = 1",
  "eval('var v = 3; v * 2') + 1",
  "new Function('a', 'return a * 2')(4)",
  "Object.getOwnPropertyNames(class { static m() {} }).join()",
  "let [p, , q = 3, ...[r]] = [1, 2, undefined, 4]; p + q + r",
  "0x1f + 0b11 + 0o17 + 1_000 + .5e1; /a+(?<n>b)/v.exec('aab').groups.n",
  "a(1, ...b); function a(...all) { return all.length + new.target; }",
  "label: { break label; } do ; while (0)",
  "using r = { [Symbol.dispose]() {} }; 1",
  "import('kawait')",
  "10n ** 3n; 1 < 2 > 3; !-+~1; void 0",
  "const self = { m() { return super.toString === Object.prototype.toString; } }; self.m()",
];

export function damagedText(random: Random): string {
  let tokens = tokensOf(Array.from({ length: 1 + random.below(2) }, () => random.pick(SNIPPETS)).join("; "));
  for (let count = random.below(4); count > 0; count--)
    tokens = random.chance(0.6) ? mildlyDamaged(random, tokens) : damagedTokens(random, tokens);
  return tokens.join("");
}
