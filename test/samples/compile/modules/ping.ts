import { pong } from "./pong.ts";
export const words: string[] = [];
export function ping(n: number): string[] {
  words.push(`ping ${n}`);
  return n === 0 ? words : pong(n - 1);
}
