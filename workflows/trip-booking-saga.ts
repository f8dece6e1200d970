/**
 * Books a car, a hotel and a flight side by side, or none of them: a saga.
 *
 * Each reservation writes its suspension id to `saga-reserve-<kind>` and waits for whoever does the booking to resume
 * it. What was booked pushes the closure that undoes it; on any failure, or after `TIMEOUT_MS`, all of them run
 * (`saga-cancel-<kind>`), and the error goes to `workflow-error`.
 */
import * as W from "kawait";

const TIMEOUT_MS = 10_000;

type Kind = "car" | "hotel" | "flight";

interface Booking {
  readonly id: string;
}

interface Options {
  /** Fails behind the hotel's reservation, to see the saga undo itself. */
  readonly throwAfterHotel?: boolean;
}

W.config.outputTopics.add("workflow-scheduler");
for (const kind of ["car", "hotel", "flight"]) {
  W.config.outputTopics.add(`saga-reserve-${kind}`);
  W.config.outputTopics.add(`saga-cancel-${kind}`);
}

async function reserve(kind: Kind): Promise<Booking> {
  const reply = W.suspend();
  const booking = { id: reply.id };
  W.output(reply.id, `saga-reserve-${kind}`);
  try {
    await reply;
  } catch (error) {
    // Cancelled while the answer is under way: the booking may still be made, so it has to be undone.
    if (error instanceof W.CancelToken) cancelBooking(kind, booking);
    throw error;
  }
  return booking;
}

function cancelBooking(kind: Kind, booking: Booking): void {
  W.output(booking.id, `saga-cancel-${kind}`);
}

async function timeout(): Promise<never> {
  const due = W.suspend();
  const timerKey = `${W.threadId}|${JSON.stringify({ ref: due.id })}`;
  W.output(`${TIMEOUT_MS}`, "workflow-scheduler", timerKey);
  try {
    await due;
  } catch (error) {
    if (error instanceof W.CancelToken) W.output("0", "workflow-scheduler", timerKey);
    throw error;
  }
  throw "timeout";
}

export async function main({ throwAfterHotel = false }: Options = {}) {
  const compensations: (() => void)[] = [];

  async function book(kind: Kind): Promise<Booking> {
    const booking = await reserve(kind);
    compensations.push(() => cancelBooking(kind, booking));
    if (kind === "hotel" && throwAfterHotel) throw "something is wrong";
    return booking;
  }

  try {
    const [car, hotel, flight] = await Promise.race([
      Promise.all([book("car"), book("hotel"), book("flight")]),
      timeout(),
    ]);
    return { car, hotel, flight };
  } catch (error) {
    for (const undo of compensations) undo();
    throw error;
  }
}
