export type Kind = string;
export let n = 1;
export const bump = () => ++n;
export const list = [1];
export const tag = "tag";
export class Base {
  own() {
    return ["own", n];
  }
}
export function make(this: unknown, ...args: unknown[]) {
  return [this === undefined, args.length];
}
make.Maker = class {
  value: number;
  constructor(value: number) {
    this.value = value * n;
  }
};
export async function later(value: number) {
  await null;
  n += 10;
  return [value, n];
}
export default n;
