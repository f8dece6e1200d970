/**
 * What a suspended saga holds, written as plain objects by hand, for serializers that know neither functions nor frames
 * nor promises: the same graph behind its start, with its sharing and its cycles.
 */

interface PlainPromise {
  readonly kind: "promise";
  readonly status: "pending";
  readonly ref: string | undefined;
  readonly reactions: object[];
}

function promise(ref?: string): PlainPromise {
  return { kind: "promise", status: "pending", ref, reactions: [] };
}

export function plainSaga(): object {
  const compensations: object[] = [];
  const options = { compensations, throwAfterHotel: false };
  const pending: PlainPromise[] = [];
  const suspend = (ref: string): PlainPromise => {
    const suspension = promise(ref);
    pending.push(suspension);
    return suspension;
  };
  const all = { kind: "all", target: promise(), values: [undefined, undefined, undefined], remaining: 3 };
  const race = { kind: "race", target: promise() };
  for (const [index, kind] of ["car", "hotel", "flight"].entries()) {
    const reply = suspend(`0:${index + 1}`);
    const reserve = {
      function: "trip-booking-saga.ts#reserve",
      site: 1,
      locals: { kind, booking: { id: reply.ref } },
      promise: promise(),
    };
    reply.reactions.push(reserve);
    const book = {
      function: "trip-booking-saga.ts#main.book",
      site: 1,
      locals: { kind, scope: options },
      promise: promise(),
    };
    reserve.promise.reactions.push(book);
    book.promise.reactions.push({ kind: "element", combinator: all, index });
  }
  all.target.reactions.push({ kind: "element", combinator: race, index: 0 });
  const due = suspend("0:4");
  const timerKey = 'trip-0000|{"ref":"0:4"}';
  const timeout = { function: "trip-booking-saga.ts#timeout", site: 1, locals: { timerKey }, promise: promise() };
  due.reactions.push(timeout);
  timeout.promise.reactions.push({ kind: "element", combinator: race, index: 1 });
  const main = { function: "trip-booking-saga.ts#main", site: 1, locals: { scope: options }, promise: promise() };
  race.target.reactions.push(main);
  return {
    main: main.promise,
    pending,
    jobs: [],
    timers: [],
    globals: {},
    rejections: [],
    startedMs: 1_700_000_000_000,
  };
}
