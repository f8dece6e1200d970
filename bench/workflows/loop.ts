/** A thread without an end whose state stays small: each record is one step, answered with its number. */
import * as W from "kawait";

W.config.outputTopics.add("loop-out");

export async function main() {
  for (let count = 0; ; count++) {
    W.output(`${count}`, "loop-out");
    await W.suspend("next");
  }
}
