/**
 * `$k.Stamp`. An object that is frozen can still get a private name: the freeze of shared mode does not hold it, so a stamp
 * on an object of the image is told here (I5).
 */
import { touch } from "./image/breach.ts";
import { notePrivateName } from "./private-names.ts";

/** The parent of the slot classes of what may be stamped onto any object: static names, and those of a class with a parent. */
export class Stamp {
  constructor(target: object) {
    notePrivateName(target, new.target);
    touch(target);
    // biome-ignore lint/correctness/noConstructorReturn: this is what stamps.
    return target;
  }
}
