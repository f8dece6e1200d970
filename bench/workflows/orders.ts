/** Orders as a program holds them: objects, arrays, a Map, a Set, dates, strings that differ. The same for each run. */

const CITIES = ["Bern", "Graz", "Linz", "Chur", "Zug"];
const MINUTE_MS = 60_000;

function order(number: number) {
  const lines = [0, 1, 2].map((line) => ({
    sku: `sku-${number * 7 + line}`,
    quantity: line + 1,
    price: number * 1.25 + line,
    taxed: line % 2 === 0,
  }));
  return {
    id: `order-${number}`,
    customer: { name: `Customer ${number}`, email: `c${number}@example.org`, city: CITIES[number % CITIES.length] },
    lines,
    tags: ["new", number % 3 === 0 ? "express" : "standard"],
    placed: new Date(1_700_000_000_000 + number * MINUTE_MS),
    note: number % 4 === 0 ? `Please ring twice at door ${number}.` : null,
  };
}

export function orders(count: number) {
  const all = Array.from({ length: count }, (_, number) => order(number));
  return {
    all,
    byId: new Map(all.map((one) => [one.id, one])),
    open: new Set(all.filter((_, number) => number % 5 === 0).map(({ id }) => id)),
  };
}
