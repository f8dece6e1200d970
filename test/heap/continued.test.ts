/**
 * Natives of ours beside those of the engine: a script sees no difference in what they are and do, and none whether they were
 * saved and restored between any two of its steps.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import ivm from "isolated-vm";
import { type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";

let isolate: GuestIsolate;
const engine = new ivm.Isolate();
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES);
});
after(() => {
  isolate.dispose();
  engine.dispose();
});

function natively(code: string): unknown {
  const context = engine.createContextSync();
  try {
    return context.evalSync(code, { copy: true });
  } finally {
    context.release();
  }
}

/** What a script can say of a value or an error, as text. */
const TELL = `const tell = (make) => {
  const text = (v) => typeof v === "string" ? JSON.stringify(v) : typeof v === "symbol" ? String(v) : typeof v === "bigint" ? v + "n"
    : Object.is(v, -0) ? "-0" : v === null || (typeof v !== "object" && typeof v !== "function") ? String(v)
    : Array.isArray(v) ? "[" + v.map(text) + "]" : typeof v === "function" ? "function " + v.name
    : "{" + Reflect.ownKeys(v).map((k) => String(k) + ": " + text(v[k])) + "}" + Object.prototype.toString.call(v);
  try { return text(make()); } catch (e) { return e instanceof Error ? e.name + ": " + e.message : "thrown " + text(e); }
};`;

/** A state, and what is done with it again and again. Functions among it are the language's own, so that all have them. */
const stories: readonly (readonly [name: string, state: string, step: string, count: number])[] = [
  ["array values", "[1, , 3].values()", "s.next()", 5],
  [
    "array entries that grow",
    "(() => { const list = [1]; return { list, i: list.entries() }; })()",
    "(s.list.length < 4 && s.list.push(s.list.length * 2), s.i.next())",
    6,
  ],
  [
    "array keys, exhausted for good",
    "(() => { const list = [1]; return { list, i: list.keys() }; })()",
    "(s.r = s.i.next(), s.list.push(0), s.r)",
    4,
  ],
  ["array-likes", "Array.prototype.entries.call({ length: 2, 0: 'a', 1: 'b' })", "s.next()", 4],
  ["strings as array-likes", "Array.prototype.values.call('ab')", "s.next()", 4],
  ["typed arrays", "new Float32Array([1.5, 2]).entries()", "s.next()", 4],
  [
    "a typed array out of bounds",
    "(() => { const b = new ArrayBuffer(8, { maxByteLength: 8 }); return { b, i: new Uint8Array(b, 2, 2).values() }; })()",
    "(s.i.next(), s.b.resize(1), s.i.next())",
    2,
  ],
  [
    "a typed array that follows",
    "(() => { const b = new ArrayBuffer(2, { maxByteLength: 8 }); return { b, i: new Uint8Array(b).keys() }; })()",
    "(s.b.byteLength < 4 && s.b.resize(4), s.i.next())",
    6,
  ],
  [
    "a Map from which one deletes",
    "(() => { const m = new Map([[1, 'a'], [2, 'b'], [3, 'c'], [4, 'd']]); return { m, k: m.keys(), e: m.entries(), n: 0 }; })()",
    "(s.n++, s.x = [s.k.next(), s.e.next()], s.n === 1 && s.m.delete(2), s.n === 2 && s.m.delete(1), s.n === 3 && s.m.set(5, 'e'), s.x)",
    6,
  ],
  [
    "a Map that is cleared",
    "(() => { const m = new Map([[1, 'a'], [2, 'b']]); return { m, v: m.values(), n: 0 }; })()",
    "(s.x = s.v.next(), s.n++ === 0 && (s.m.clear(), s.m.set(7, 'x')), s.x)",
    4,
  ],
  [
    "a Map's end, and more behind it",
    "(() => { const m = new Map([[1, 'a']]); return { m, v: m.values(), n: 0 }; })()",
    "(s.x = s.v.next(), s.n++ < 1 && s.m.set(8, 'y'), s.x)",
    4,
  ],
  [
    "a Set",
    "(() => { const t = new Set([1, 2, 3]); return { t, v: t.values(), e: t.entries(), k: t.keys() }; })()",
    "(s.t.delete(2), [s.v.next(), s.e.next(), s.k.next()])",
    5,
  ],
  [
    "map, filter, take, drop",
    "[1, 4, 9, 16, 25, 36].values().map(Math.sqrt).filter(Boolean).drop(1).take(3)",
    "s.next()",
    6,
  ],
  ["flatMap", "[[1, 2], [], [3]].values().flatMap(Array.from)", "s.next()", 6],
  [
    "flatMap, closed in the middle",
    "[[1, 2], [3]].values().flatMap(Array.from)",
    "(s.x = s.next(), s.r = s.return(), [s.x, s.r])",
    3,
  ],
  ["take with infinity", "[1, 2].values().take(Infinity)", "s.next()", 4],
  ["Iterator.from an array", "Iterator.from([1, 2])", "s.next()", 4],
  ["Iterator.from a string", "Iterator.from('a😀')", "s.next()", 4],
  ["Iterator.from what only has next", "Iterator.from({ next: Array.of })", "[s.next(1), s.return()]", 3],
  [
    "matchAll",
    "'aXbXc'.matchAll(/(?<x>[a-z])(X)?/gd)",
    "(s.m = s.next(), s.m.done ? s.m : [s.m.value, s.m.value.index, s.m.value.groups.x, s.m.value.indices])",
    5,
  ],
  ["matchAll of what is empty", "'a😀'.matchAll(/(?:)/gu)", "(s.m = s.next(), s.m.done ? s.m : s.m.value.index)", 5],
  ["matchAll that is not global", "/a/[Symbol.matchAll]('aa')", "s.next()", 3],
  [
    "segments",
    "new Intl.Segmenter('en', { granularity: 'word' }).segment('Hi, you')[Symbol.iterator]()",
    "s.next()",
    6,
  ],
  [
    "segments containing",
    "new Intl.Segmenter('en').segment('e\\u0301x')",
    "[s.containing(1), s.containing(9), [...s].length]",
    2,
  ],
  [
    "WeakRef",
    "(() => { const o = { a: 1 }; return { o, w: new WeakRef(o), s: new WeakRef(Symbol.iterator) }; })()",
    "[s.w.deref() === s.o, s.s.deref(), s.w.deref()]",
    2,
  ],
  [
    "FinalizationRegistry",
    "(() => { const t = {}; const r = new FinalizationRegistry(Object); r.register({}, 1, t); r.register({}, 2, t); return { r, t }; })()",
    "[s.r.unregister(s.t), s.r.unregister({})]",
    2,
  ],
  [
    "DisposableStack",
    "(() => { const d = new DisposableStack(), log = []; d.use(null); d.defer(log.push.bind(log, 'deferred')); d.adopt('v', log.push.bind(log)); return { d, log, n: 0 }; })()",
    "(s.n++ === 1 && s.d.dispose(), [s.d.disposed, s.log])",
    3,
  ],
  [
    "a stack that moved",
    "(() => { const d = new DisposableStack(), log = []; d.defer(log.push.bind(log, 1)); return { d, m: d.move(), log }; })()",
    "(s.m.dispose(), [s.d.disposed, s.m.disposed, s.log])",
    2,
  ],
  [
    "a stack whose disposals fail",
    "(() => { const d = new DisposableStack(); d.defer(Symbol.bind(null, 'no')); d.defer(BigInt.bind(null, 1.5)); d.defer(Symbol.prototype.valueOf.bind(1)); return d; })()",
    "(() => { try { s.dispose(); return 'fine'; } catch (e) { return [e.name, e.message, e.error.message, e.suppressed?.message]; } })()",
    2,
  ],
  [
    "collation",
    "(() => { const c = new Intl.Collator('sv', { numeric: true, sensitivity: 'base' }); return { c, f: c.compare }; })()",
    "[['ö2', 'z10', 'ö10', 'A'].sort(s.f), s.f === s.c.compare, s.c.resolvedOptions()]",
    2,
  ],
  [
    "numbers",
    "['de', 'en-IN', 'ar-EG', 'ja-u-nu-hanidec'].flatMap((l) => [{}, { style: 'currency', currency: 'EUR', currencySign: 'accounting' }, { notation: 'compact', compactDisplay: 'long' }, { style: 'unit', unit: 'liter', unitDisplay: 'long' }, { maximumSignificantDigits: 3 }, { style: 'percent', minimumFractionDigits: 1 }, { useGrouping: false, signDisplay: 'always' }, { notation: 'scientific' }, { minimumIntegerDigits: 3, roundingMode: 'floor', maximumFractionDigits: 0 }, { roundingIncrement: 5, maximumFractionDigits: 2, minimumFractionDigits: 2 }, { roundingPriority: 'lessPrecision', maximumSignificantDigits: 2, maximumFractionDigits: 1 }, { trailingZeroDisplay: 'stripIfInteger', minimumFractionDigits: 2 }].map((o) => new Intl.NumberFormat(l, o)))",
    "s.map((f) => [f.format(-1234567.891), f.format(0.5), f.format(12n), f.formatToParts(1e21).length, f.resolvedOptions()])",
    2,
  ],
  [
    "dates",
    "['de', 'en-US', 'ar-EG', 'ja-JP-u-ca-japanese', 'th'].flatMap((l) => [{}, { dateStyle: 'full', timeStyle: 'long' }, { timeStyle: 'short', hour12: false }, { hour: 'numeric', hour12: true }, { hour: '2-digit', hourCycle: 'h24' }, { weekday: 'long', era: 'short', year: '2-digit', month: 'narrow', day: '2-digit', timeZone: 'America/New_York', timeZoneName: 'long' }, { fractionalSecondDigits: 3, second: 'numeric' }, { dayPeriod: 'long', hour: 'numeric' }, { dateStyle: 'medium', timeZone: '+05:30' }, { month: 'long', calendar: 'hebrew' }].map((o) => new Intl.DateTimeFormat(l, { timeZone: 'UTC', ...o })))",
    "s.map((f) => [f.format(1e12 + 123), f.formatRange(0, 1e12), f.formatToParts(5).length, f.resolvedOptions()])",
    2,
  ],
  [
    "plural rules",
    "[new Intl.PluralRules('ar'), new Intl.PluralRules('en', { type: 'ordinal', minimumFractionDigits: 1 })]",
    "s.map((p) => [0, 1, 2, 3, 11, 100, 1.5].map((n) => p.select(n)).concat(JSON.stringify(p.resolvedOptions())))",
    2,
  ],
  [
    "relative times, lists, names",
    "[new Intl.RelativeTimeFormat('es', { numeric: 'auto', style: 'short' }), new Intl.ListFormat('de', { type: 'disjunction', style: 'narrow' }), new Intl.DisplayNames('fr', { type: 'currency', style: 'short', fallback: 'none' }), new Intl.DisplayNames('en', { type: 'language', languageDisplay: 'standard' })]",
    "[s[0].format(-1, 'day'), s[1].format(['a', 'b', 'c']), s[2].of('USD'), s[2].of('XZZ'), s[3].of('en-GB'), ...s.map((x) => x.resolvedOptions())]",
    2,
  ],
  [
    "durations",
    "[{}, { style: 'digital' }, { style: 'narrow', hours: '2-digit' }, { style: 'long', milliseconds: 'numeric', fractionalDigits: 2 }].map((o) => new Intl.DurationFormat('en', o))",
    "s.map((d) => [d.format({ hours: 1, minutes: 2, seconds: 3, milliseconds: 4 }), d.resolvedOptions()])",
    2,
  ],
  [
    "locales",
    "[new Intl.Locale('de-u-co-phonebk-kn', { region: 'AT', hourCycle: 'h12' }), new Intl.Locale('zh').maximize(), new Intl.Locale('zh-Hans-CN').minimize()]",
    "s.map((l) => [String(l), l.region, l.script, l.collation, l.numeric, l.hourCycle, l.maximize().toString()])",
    2,
  ],
  [
    "a date format's bound function",
    "(() => { const d = new Intl.DateTimeFormat('en', { timeZone: 'UTC' }); d.own = d.format; return d; })()",
    "[s.own === s.format, s.own(0), s.format.name, s.format.length]",
    2,
  ],
  [
    "subclasses",
    "(() => { const sub = (P, ...a) => Object.setPrototypeOf(Reflect.construct(P, a), { __proto__: P.prototype, own: 'x' }); return [sub(Map, [[1, 2]]), sub(WeakRef, Map), sub(Intl.NumberFormat, 'de'), sub(DisposableStack), sub(Array, 3), sub(Error, 'm')]; })()",
    "[s[0].size, s[1].deref(), s[2].format(1.5), s[3].disposed, s[4].length, s[5].message, ...s.map((x) => x.own)]",
    2,
  ],
];

for (const [name, state, step, count] of stories) {
  test(`restored in the middle: ${name}`, () => {
    const whole = (inner: string) =>
      `(() => { ${TELL} let s = ${state}; const told = []; ${inner} return told.join("\\n"); })()`;
    const expected = natively(whole(`for (let i = 0; i < ${count}; i++) told.push(tell(() => ${step}));`));
    let context = isolate.context();
    assert.equal(
      context.run(whole(`for (let i = 0; i < ${count}; i++) told.push(tell(() => ${step}));`)),
      expected,
      "never saved",
    );
    context.run(`heap.keep("s", ${state}); undefined`);
    const told: unknown[] = [];
    for (let i = 0; i < count; i++) {
      const bytes = context.encode("heap.kept('s')");
      context.release();
      context = isolate.context();
      context.decode(bytes, "s");
      assert.deepEqual(context.encode("heap.kept('s')"), bytes, "the same bytes again");
      told.push(context.run(`(() => { ${TELL} const s = heap.kept("s"); return tell(() => ${step}); })()`));
    }
    context.release();
    assert.equal(told.join("\n"), expected, "saved before every step");
  });
}
