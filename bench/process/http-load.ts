/**
 * The outside process of `steps` over HTTP: chains in a closed loop through the endpoint of `kawait dev`. What became
 * possible together is posted together; answers come over one stream. Prints one line of JSON per round.
 */
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";

const [address, threadsText, lengthText, roundsText] = process.argv.slice(2) as [string, string, string, string];
const threads = Number(threadsText);
const length = Number(lengthText);
const agent = new Agent({ keepAlive: true });

interface Link {
  readonly threadId: string;
  readonly link: number;
}

function post(links: readonly Link[]): Promise<void> {
  const body = links
    .map(({ threadId, link }) => {
      const value = link === 0 ? `new:${length}` : JSON.stringify({ ref: `link-${link}`, value: link });
      return JSON.stringify({ threadId, value });
    })
    .join("\n");
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "text/plain", "content-length": Buffer.byteLength(body) };
    const sent = request(`${address}/records`, { method: "POST", agent, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => {
        if (answer.statusCode === 202) resolve();
        else reject(new Error(`POST /records answered ${answer.statusCode}`));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

let onAnswer: (answer: Link) => void = () => {};
let next: Link[] = [];
let posting = false;

/** One request at a time: what becomes possible meanwhile goes with the next. */
async function pump(): Promise<void> {
  if (posting) return;
  posting = true;
  while (next.length > 0) {
    const links = next;
    next = [];
    await post(links);
  }
  posting = false;
}

function fail(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

async function round(): Promise<void> {
  const name = randomBytes(4).toString("hex");
  const steps = threads * (length + 1);
  const start = performance.now();
  await new Promise<void>((resolve) => {
    let left = steps;
    onAnswer = ({ threadId, link }) => {
      left--;
      if (link < length) next.push({ threadId, link: link + 1 });
      if (left === 0) resolve();
      queueMicrotask(() => pump().catch(fail));
    };
    next = Array.from({ length: threads }, (_, at) => ({ threadId: `${name}-${at}`, link: 0 }));
    pump().catch(fail);
  });
  process.stdout.write(`${JSON.stringify({ steps, ms: performance.now() - start })}\n`);
}

await new Promise<void>((resolve, reject) => {
  const tail = request(`${address}/topics/chain-out/records`, (answer) => {
    const lines = createInterface({ input: answer });
    lines.once("line", () => resolve());
    lines.on("line", (line) => {
      if (line === "") return;
      const { key, value } = JSON.parse(line) as { key: string; value: string };
      onAnswer({ threadId: key, link: Number(value) });
    });
  });
  tail.on("error", reject);
  tail.end();
});
for (let count = 0; count < Number(roundsText); count++) await round();
process.exit(0);
