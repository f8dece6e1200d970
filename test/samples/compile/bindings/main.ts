// Every position in which a name of an import or of a mutable module binding can stand.
import base, { Base, n, bump, list as items, make, tag, type Kind, later } from "./names.ts";
import * as names from "./names.ts";
import snapshot, { alias, alias as again } from "./again.ts";

let count = 0;
let [first = n, ...others] = [undefined, 2, 3] as (number | undefined)[];
export let exported = { n, count };
export { count as "the count", first as default };

function shadows(n: number, { count } = { count: n }) {
  const label = () => {
    bump: for (;;) break bump;
    try {
      throw { items: 1 };
    } catch ({ items }: any) {
      return items + n + count;
    }
  };
  class make {
    static n = n;
    count = count;
  }
  return [label(), make.n, new make().count, (function bump(): string { return typeof bump; })()];
}

class Derived extends Base {
  [`${tag}Method`](value = n) {
    return [value, n, super.own(), this.field];
  }
  field = count;
  static made = make();
}

const change = (to: number) => {
  count = to;
  [count, first] = [count + 1, to];
  ({ n: count = 9, ...exported } = { n: undefined, m: count } as any);
  for (count of [7, 8]);
  for (others[0] of [5]);
  others ||= [];
  first! **= 2;
  return (count ??= 1), count--, typeof count;
};

export async function main(kind: Kind = "k") {
  const before = [n, count, first, others, exported, names.n, base];
  bump();
  bump?.();
  names.bump();
  const { n: viaPattern, ["list"]: viaKey } = names;
  const dynamic = names[("n" + "") as "n"];
  const calls = [new make.Maker(2).value, make`x${n}`, typeof bump, typeof names, names.make === make, "zz" in names, await later(n)];
  const object = { n, items, names: Object.keys(names), [tag]: base, bump() { return n; }, get count() { return count; } };
  const changed = change(3);
  return [before, viaPattern, viaKey, dynamic, calls, object, object.bump(), changed, count, first, others, exported, shadows(10), (new Derived() as any).tagMethod(), Derived.made, alias, again, snapshot, kind, (() => { try { Object.assign(names, { n: 1 }); return "assigned"; } catch (error) { return (error as Error).name; } })()];
}
