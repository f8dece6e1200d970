/** A chain of awaits: each link tells that it is reached and waits for its record, so that every record is one step. */
import * as W from "kawait";

W.config.outputTopics.add("chain-out");

export async function main(length: number) {
  let sum = 0;
  W.output("0", "chain-out");
  for (let link = 1; link <= length; link++) {
    sum += await W.suspend<number>(`link-${link}`);
    W.output(`${link}`, "chain-out");
  }
  return sum;
}
