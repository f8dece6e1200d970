/**
 * A trip booking that waits, of the size of `workflows/trip-booking-saga.ts`: three reservations side by side, each in
 * two frames, raced against a timeout, with the closures that undo them. It answers when the car is booked.
 */
import * as W from "kawait";

W.config.outputTopics.add("waiting-out");

async function reserve(kind: string): Promise<{ readonly id: string }> {
  const reply = W.suspend(kind);
  const booking = { id: reply.id };
  await reply;
  W.output(kind, "waiting-out");
  return booking;
}

async function timeout(): Promise<never> {
  await W.suspend("timeout");
  throw "timeout";
}

export async function main() {
  const compensations: (() => void)[] = [];
  const book = async (kind: string) => {
    const booking = await reserve(kind);
    compensations.push(() => W.output(`cancelled ${kind} ${booking.id}`, "waiting-out"));
    return booking;
  };
  try {
    const all = Promise.all([book("car"), book("hotel"), book("flight")]);
    return await Promise.race([all, timeout()]);
  } catch (error) {
    for (const undo of compensations) undo();
    throw error;
  }
}
