import { ping, words } from "./ping.ts";
export function pong(n: number): string[] {
  words.push(`pong ${n}`);
  return n === 0 ? words : ping(n - 1);
}
