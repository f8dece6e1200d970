// Awaits in odd places: patterns, defaults, spreads, templates, optional chains, operators, arguments, computed keys.
const trace: string[] = [];
const get = async <T>(value: T, name?: string): Promise<T> => {
  trace.push(name ?? String(value));
  return value;
};

function tag(strings: TemplateStringsArray, ...values: unknown[]) {
  return strings.raw.join("|") + values.join(",");
}

async function defaults(a: number, b = a + 1, { c = b + 1, ...rest }: { c?: number; [key: string]: unknown } = {}, ...more: number[]) {
  const inner = () => a + b + c;
  a = await get(a * 10);
  return [a, b, c, rest, more, inner()];
}

export async function main() {
  const o: { [key: string]: any } = { list: [1, 2, 3], f(this: any, x: number) { return [this === o, x]; }, deep: { none: null as null | { x: number } } };
  const { [await get("list")]: [head, ...tail], missing = await get("fallback"), ...others } = o as any;
  const [p = await get(1), [q] = await get([2]), ...r] = [undefined, undefined, 3, 4] as any[];
  let x = 1;
  x += await get(x++ + 5);
  o[await get("key")] = await get("value");
  o.count ??= await get(0);
  o.count += (await get(1)) && (await get(2));
  o.count ||= await get(99, "never");
  const chained = [await o.deep?.none?.x, await o.f?.(await get(7)), o.nothing?.[await get("never")]];
  const picked = (await get(false)) ? await get("never") : await get("picked");
  const called = o.f(await get(8), ...(await get([9])));
  const text = `a${await get(1)}b${await get(2)}`;
  const tagged = tag`x\n${await get(3)}y`;
  const made = new (await get(Array))(await get(3)).fill(await get("z"));
  const object = { a: await get(1), [await get("b")]: 2, ...(await get({ c: 3 })), get d() { return x; }, async e() { return await get(5); } };
  const nested = await (async () => { const y = x; return (await get(y)) + (await (async () => y)()); })();
  const comma = (await get(1), await get(2));
  const negative = -(await get(4)), type = typeof (await get("s")), gone = delete o[await get("key")];
  [o.count, x] = [await get(x), o.count];
  const e = await object.e();
  const args = (function (this: unknown, ..._: number[]) { return [arguments.length, (() => arguments[1])()]; })(1, 2, 3);
  return { head, tail, missing, others: Object.keys(others), p, q, r, x, chained, picked, called, text, tagged, made, object, nested, comma, negative, type, gone, count: o.count, e, args, defaults: await defaults(1, undefined, { k: 1 }, 5, 6), trace };
}
