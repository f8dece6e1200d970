/** The smallest one: says hello, waits for an answer under a name of its own choice, and ends with it. */
import * as W from "kawait";

W.config.outputTopics.add("greetings");

export async function main(name = "world") {
  W.output(`Hello, ${name}! Answer me.`, "greetings");
  const answer = await W.suspend<string>("answer");
  return `${name} said: ${answer}`;
}
