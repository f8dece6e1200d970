/**
 * `$k.Stamp`. An object that is frozen can still get a private name: the freeze of shared mode does not hold it, so a stamp
 * on an object of the image is told here (I5).
 */
import { touch } from "./image/breach.ts";
import type { PrivateName } from "./registry.ts";
import { notePrivateName } from "./slots.ts";

/** The parent of every slot class that the compiler emits for a private name. */
export class Stamp {
  constructor(target: object) {
    notePrivateName(target, new.target as unknown as PrivateName);
    touch(target);
    // biome-ignore lint/correctness/noConstructorReturn: this is what stamps.
    return target;
  }
}
