/** A thread that holds much plain data while it waits: so many orders, a trip of so many legs, or a typed array of so many elements. */
import * as W from "kawait";
import { longTrip } from "./long-trip.ts";
import { orders } from "./orders.ts";

interface Options {
  readonly kind: "orders" | "trip" | "numbers";
  readonly count: number;
}

export async function main({ kind, count }: Options) {
  if (kind === "numbers") {
    const numbers = Float64Array.from({ length: count }, (_, index) => index / 3);
    await W.suspend("more");
    return numbers.length;
  }
  if (kind === "trip") {
    const trip = longTrip(count);
    await W.suspend("more");
    return trip.legs.length + trip.history.length;
  }
  const { all, byId, open } = orders(count);
  await W.suspend("more");
  return all.length + byId.size + open.size;
}
