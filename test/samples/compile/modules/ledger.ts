export const entries: number[] = [];
export let limit = 3;
let sum = 0;

export function setLimit(to: number) {
  limit = to;
}

export async function add(n: number) {
  await null;
  if (sum + n > limit) return false;
  entries.push(n);
  sum += n;
  return true;
}

export default () => sum;
