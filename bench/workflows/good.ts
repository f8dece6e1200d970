/** Answers every record, for ever. */
import * as W from "kawait";

W.config.outputTopics.add("hostile-out");

export async function main(): Promise<never> {
  for (;;) W.outputJSON(await W.suspend("go"), "hostile-out");
}
