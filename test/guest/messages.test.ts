/** What the engine says of compiled code, in the author's words: no name of the compiler's is in a message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import { compileFiles, runMain } from "../compiler/pipeline/project.ts";
import { Guest } from "./harness.ts";

const FILES = {
  "main.mjs": `import { made, none } from "./made.mjs"; let count = 1; export const bump = () => count++; const messages = [];
    const tell = async (f) => { try { await f(); } catch (error) { messages.push(error.message, error.stack.split("\\n")[0]); } };
    class Trip {
      legs = {}; #seats = {}; #agent;
      async book() {
        const self = this; let captured = {};
        await tell(() => captured.book()); await tell(() => captured()); await tell(() => new captured()); await tell(() => { for (const leg of captured) leg; });
        await tell(() => { const { a: { b } } = captured; return b; }); await tell(() => { const { a } = self.none; return a; }); await tell(() => this.missing()); await tell(() => count.missing()); await tell(() => count());
        await tell(() => none()); await tell(() => made.missing()); await tell(() => this.#seats.take()); await tell(() => this.#agent(1));
        await tell(async () => { self.missing(await 1); }); await tell(async () => { self.legs.add({ a: await 1 }); }); await tell(async () => { self.legs?.add(await 1); }); await tell(async () => { (await self).missing(); });
        await tell(async () => { this.missing(await 1); }); await tell(async () => { this.#agent(await 1); }); await tell(() => Promise.resolve(1).then(() => captured.later()));
        await tell(() => { throw new TypeError("$s.price is 5$"); }); await tell(() => { throw new RangeError("$s.price is not a function"); });
        captured = null; return messages;
      }
    }
    export const main = () => new Trip().book();`,
  "made.mjs": "export let made = {}, none; export const set = (value) => { made = value; none = value; };",
};

const EXPECTED = [
  ...["captured.book is not a function", "captured is not a function", "captured is not a constructor"],
  ...["captured is not iterable", "Cannot read properties of undefined (reading 'b')"],
  ...["Cannot destructure property 'a' of 'self.none' as it is undefined.", "this.missing is not a function"],
  ...["count.missing is not a function", "count is not a function", "none is not a function"],
  ...["made.missing is not a function", "#seats.take is not a function", "this.#agent is not a function"],
  ...["self.missing is not a function", "self.legs.add is not a function", "self.legs?.add is not a function"],
  ...[
    "(intermediate value).missing is not a function",
    "this.missing is not a function",
    "this.#agent is not a function",
  ],
  ...["captured.later is not a function", "$s.price is 5$"],
];

test("messages of the engine name what was written, saved or not", async (t) => {
  const { program } = await compileFiles(t, FILES, "main.mjs");
  const lines = EXPECTED.flatMap((message) => [message, `TypeError: ${message}`]);
  const own = "$s.price is not a function";
  for (const every of [Number.POSITIVE_INFINITY, 1]) {
    assert.deepEqual(await runMain(program, every), {
      status: "completed",
      result: [...lines, own, `RangeError: ${own}`],
    });
  }
});

test("those of a load that failed too", async () => {
  const source =
    "let agent = {}; export const forget = () => { agent = null; }; agent.book(); export function main() {}";
  const { program } = await compileSource(source, { filename: "main.mjs", needsMain: true });
  const guest = new Guest();
  assert.throws(() => guest.load(program.code, program.tables), /^TypeError: agent\.book is not a function$/);
  guest.release();
});
