/** Private names are found wherever an object comes to be: below its class, or away from it by any way that the language has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import type { StepResult } from "#protocol";
import { readHeap } from "#runtime";
import { ThreadByHand } from "./harness.ts";
import { advanced, bothWays, load } from "./script.ts";

/** A class without a parent, one below it, and each way to an instance that its prototypes do not lead to. */
const CASES = `
  const made = (Box) => {
    const found = {};
    class Lid extends Box { #lid = "lid"; static lid(o) { return #lid in o ? o.#lid : "no lid"; } }
    found.plain = new Box(1);
    found.below = new Lid(2);
    found.frozen = Object.freeze(new Box(3));
    found.bare = Object.setPrototypeOf(new Box(4), null);
    found.moved = new Lid(5);
    found.moved.__proto__ = Array.prototype;
    function Other() {}
    Other.prototype = { kind: "other" };
    found.constructed = Reflect.construct(Box, [6], Other);
    found.ordinary = Reflect.construct(Box, [7]);
    class Uprooted extends Box {}
    found.before = new Uprooted(8);
    Object.setPrototypeOf(Uprooted.prototype, { uprooted: true });
    found.after = new Uprooted(9);
    found.link = Object.create(Box.prototype);
    found.link.below = Object.create(found.link);
    class Graft { constructor() { this.graft = true; } }
    class Grafted extends Graft {}
    Object.setPrototypeOf(Grafted, Box);
    found.grafted = new Grafted(10);
    const Bound = Box.bind(null, 11);
    Bound.prototype = { bound: true };
    found.bound = new (class extends Bound {})();
    const Proxied = new Proxy(Box, { construct: (target, list) => Reflect.construct(target, list, Other) });
    found.proxied = new Proxied(12);
    class Given { constructor(o) { return o; } }
    class Late extends Given { #late = "late"; static of(o) { return #late in o ? o.#late : "not late"; } }
    const onto = { there: new Box(13), list: [1, 2], plain: {} };
    for (const key of Object.keys(onto)) new Late(onto[key]);
    try { new Box(14, (o) => { found.broken = o; }); } catch (error) { found.error = error.message; }
    const said = () => Object.entries(found).map(([key, o]) => key + " " + Box.read(o) + " " + (typeof o === "object" ? Lid.lid(o) : ""))
      .concat(Object.entries(onto).map(([key, o]) => key + " " + Box.read(o) + " " + Late.of(o)))
      .concat(Late.of(found.plain), [Box.foreign(found.plain), Box.foreign({})]);
    return { said, change: () => { for (const o of Object.values(found)) if (Box.has(o)) o.constructor === Box && o.bump(); }, again: () => { found.new = new Box(15); found.lid = new Lid(16); } };
  };`;

const BOX = `{
    #n; #m = this.#twice(); #last = 2;
    constructor(n, leak) { this.#n = n; if (leak) { leak(this); throw new Error("broken"); } }
    #twice() { return 2; }
    get #sum() { return this.#n + this.#twice(); }
    bump() { this.#n++; this.#m += this.#n; return this; }
    static has(o) { return typeof o === "object" && #n in o; }
    static read(o) { return Box.has(o) ? [o.#n, o.#m, o.#last, o.#sum, #twice in o].join() : "none"; }
    static foreign(o) { try { o.#twice(); return "own"; } catch (error) { return error.constructor.name; } }
  }`;

const SOURCE = `
  class Box ${BOX}
  ${CASES}
  const later = () => { class Box ${BOX} return made(Box); };
  async function main(pause) {
    const all = [made(Box), later(), later()];
    const lines = [];
    const say = () => { for (const one of all) lines.push(...one.said()); };
    say();
    await pause("a");
    say();
    for (const one of all) { one.change(); one.again(); }
    await pause("b");
    say();
    await pause("c");
    say();
    return lines;
  }`;

test("private names of objects in every place survive restores", async () => {
  const native = (await new Function(`"use strict"; ${SOURCE} return main(async () => undefined);`)()) as string[];
  const source = `import { suspend } from "kawait"; ${SOURCE.replace("async function main(pause)", "export async function main()").replaceAll("pause(", "suspend(")}`;
  const scenario = (thread: ThreadByHand): readonly StepResult[] => [
    thread.start(),
    thread.resume("a", 0),
    thread.resume("b", 0),
    thread.resume("c", 0),
  ];
  for (const isPrivate of [false, true]) {
    const steps = await bothWays(source, scenario, isPrivate);
    assert.deepEqual(JSON.parse(steps.at(-1)!.result!), native);
  }
});

test("a state that is shown names private names, those of a class of the module and of one made in a function", async () => {
  const source = `import { suspend } from "kawait";
    const early = (() => { class Early { #atLoad = 1; } return new Early(); })();
    class Account { #balance = 5; #log = ["opened"]; static #made = 1; #note() {} }
    export async function main() {
      class Trip { #car = "red"; }
      const account = new Account(), trip = new Trip(), kept = early;
      await suspend("x");
      return [account, trip, kept];
    }`;
  const { program } = await compileSource(source, { filename: "main.ts", needsMain: true });
  const guest = await load(source, true);
  const { heap } = advanced(new ThreadByHand(guest).start());
  guest.release();
  const [frame] = readHeap(heap!, program.tables).frames;
  const shown = Object.fromEntries(frame!.locals);
  assert.match(shown.account!, /private #brand: undefined, private #balance: 5, private #log: \["opened"\]/);
  assert.match(shown.trip!, /private #car: "red"/);
});
