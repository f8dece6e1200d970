/**
 * A trip of very many legs with its history: objects, short lists, a Map of objects, a Set of numbers, strings that differ,
 * bytes. The same for each run.
 *
 * The shape is that of the trip with which a hand-compiled prototype of this design was measured, at 2,000 legs and 5,000
 * lines of history: 7.1 ms for decode, resume and encode, without property attributes, on two cores of the same kind.
 */

const SINCE_MS = 1e12;
const HISTORY_FROM_MS = 1_700_000_000_000;
const BYTES_A_LINE = 4;

export function longTrip(legs: number) {
  const lines = legs * 2.5;
  return {
    id: "T-1",
    who: { name: "Ana", tags: ["vip", "eu"], since: new Date(SINCE_MS) },
    legs: Array.from({ length: legs }, (_, leg) => ({
      from: `CITY${leg}`,
      to: `CITY${leg + 1}`,
      seat: { row: leg * 3, column: "ABCDEF"[leg % 6] },
      price: leg * 10.5,
      meals: leg % 2 === 1 ? ["veg"] : [],
    })),
    wishes: new Map(Array.from({ length: legs }, (_, leg) => [`wish${leg}`, { on: true, weight: leg }])),
    seen: new Set(Array.from({ length: legs }, (_, leg) => leg * 7)),
    history: Array.from(
      { length: lines },
      (_, line) => `event number ${line} happened at ${HISTORY_FROM_MS + line * 977}`,
    ),
    bytes: new Uint8Array(lines * BYTES_A_LINE).fill(7),
  };
}
