/**
 * What V8 says of compiled code, in the author's words:
 *
 *   (0 , $s.reserve) is not a function                           →  reserve is not a function
 *   $k.g.trip.ts#agent.book is not a function                    →  agent.book is not a function
 *   Cannot destructure property 'id' of '$s$1.trip' as it is undefined.   →  … of 'trip' …
 *   Cannot read private member #$i_Trip from an object whose class …      →  Receiver must be an instance of class Trip
 *
 * V8 prints the expression that failed; in compiled code variables are fields of scope objects (`$s.x`), of the module scope
 * object (`$k.g.<module>#x`) or of a module's exports (`$x3.x`), and values of suspensions have numbers. Boundary: a message of the
 * engine's own, by its words; one of a script's that looks the same is told the same way.
 */
import {
  NativeTypeError,
  reflectDefineProperty,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  reflectSetPrototypeOf,
  stringCharCodeAt,
  stringIndexOf,
  stringSlice,
} from "../primordials.ts";

const typeErrorPrototype: object = NativeTypeError.prototype;
const UNNAMED = "(intermediate value)";

/** What V8 puts behind the expression; of two that fit the longer one is first. */
const ENDS: readonly string[] = [
  " is not a function or its return value is not async iterable",
  " is not a function or its return value is not iterable",
  " is not a function",
  " is not a constructor",
  " is not async iterable",
  " is not iterable",
  " is not iterable (cannot read property undefined)",
];

/** For an error that was not noted before. */
export function tellAsWritten(error: object): void {
  if (reflectGetPrototypeOf(error) !== typeErrorPrototype) return;
  const property = reflectGetOwnPropertyDescriptor(error, "message");
  if (property === undefined || typeof property.value !== "string") return;
  const text = asWritten(property.value);
  if (text === property.value) return;
  property.value = text;
  reflectSetPrototypeOf(property, null);
  reflectDefineProperty(error, "message", property);
}

export function asWritten(message: string): string {
  if (stringIndexOf(message, "$") < 0) return message;
  const brand = stringIndexOf(message, "#$");
  if (brand >= 0 && (startsWith(message, "i_", brand + 2) || startsWith(message, "s_", brand + 2)))
    return ofBrand(message, brand);
  let start = 0;
  let end = -1;
  if (startsWith(message, "Cannot destructure ", 0)) {
    const property = stringIndexOf(message, "' of '");
    start = property < 0 ? stringIndexOf(message, "'") + 1 : property + 6;
    end = stringIndexOf(message, "' as it is ", start);
  } else {
    for (let i = 0; i < ENDS.length && end < 0; i++) {
      const at = message.length - ENDS[i]!.length;
      if (at > 0 && startsWith(message, ENDS[i]!, at)) end = at;
    }
  }
  if (end < 0) return message;
  return stringSlice(message, 0, start) + siteAsWritten(stringSlice(message, start, end)) + stringSlice(message, end);
}

/** Private methods and accessors stand for a brand of their class, which V8 names by the class. */
function ofBrand(message: string, at: number): string {
  const end = wordEnd(message, at + 1);
  const name = stringSlice(message, at + 4, end);
  if (startsWith(message, "Cannot initialize ", 0))
    return `Cannot initialize private methods of class ${name} twice on the same object`;
  if (!startsWith(message, "Cannot read private member ", 0))
    return stringSlice(message, 0, at) + name + stringSlice(message, end);
  return `Receiver must be ${message[at + 2] === "i" ? "an instance of class" : "class"} ${name}`;
}

function siteAsWritten(site: string): string {
  let text = "";
  for (let i = 0; i < site.length; ) {
    if (startsWith(site, "(0 , $", i)) {
      const end = closing(site, i);
      text += siteAsWritten(stringSlice(site, i + 5, end));
      i = end + 1;
      continue;
    }
    const end = wordEnd(site, i);
    if (end === i) {
      text += site[i];
      i++;
      continue;
    }
    const word = stringSlice(site, i, end);
    i = end;
    if (word === "$k" && startsWith(site, ".g.", i) && stringIndexOf(site, "#", i) > 0) {
      i = stringIndexOf(site, "#", i) + 1;
    } else if (site[i] === "." && (isNumbered(word, "$s", "$") || isNumbered(word, "$x", ""))) {
      i++;
      // A private name's slot: `$s.#seats.get(…)`.
      const name = site[i] === "#" ? wordEnd(site, i + 1) : i;
      text += stringSlice(site, i, name);
      i = name > i && startsWith(site, ".get(...)", name) ? name + 9 : name;
    } else if (startsWith(site, ".get(...)", i) && startsWith(word, "$p_", 0)) {
      text += `#${stringSlice(word, 3)}`;
      i += 9;
    } else if (isNumbered(word, "$this", "$")) text += "this";
    else if (word === "$value" || (word.length > 1 && isNumbered(word, "$", ""))) text += UNNAMED;
    else if (toldFrom(word) > 0) text += told(word, toldFrom(word));
    else text += word;
  }
  return text;
}

/** `$3$trip$$Agent`: where what was written begins; 0 for another word. */
function toldFrom(word: string): number {
  let at = 1;
  while (at < word.length && isDigit(word, at)) at++;
  return at > 1 && word[0] === "$" && word[at] === "$" ? at + 1 : 0;
}

function told(word: string, from: number): string {
  let text = "";
  for (let i = from; i < word.length; i++) {
    const isDot = word[i] === "$" && word[i + 1] === "$";
    text += isDot ? "." : word[i];
    if (isDot) i++;
  }
  return text;
}

function isDigit(word: string, at: number): boolean {
  const code = stringCharCodeAt(word, at);
  return code >= 48 && code <= 57;
}

/** `base`, or `base`, `joint` and digits: as compiled code counts names. */
function isNumbered(word: string, base: string, joint: string): boolean {
  if (!startsWith(word, base, 0)) return false;
  if (word.length === base.length) return true;
  const from = base.length + joint.length;
  if (!startsWith(word, joint, base.length) || from === word.length) return false;
  for (let i = from; i < word.length; i++) if (!isDigit(word, i)) return false;
  return true;
}

/** Behind the identifier that begins at `from`. */
function wordEnd(site: string, from: number): number {
  let at = from;
  for (; at < site.length; at++) {
    const code = stringCharCodeAt(site, at);
    const isPart =
      code === 36 ||
      code === 95 ||
      code > 127 ||
      (code >= 48 && code <= 57) ||
      (code >= 65 && code <= 90) ||
      (code >= 97 && code <= 122);
    if (!isPart) break;
  }
  return at;
}

/** Where the parenthesis that opens at `from` is closed. */
function closing(site: string, from: number): number {
  let depth = 0;
  for (let i = from; i < site.length; i++) {
    if (site[i] === "(") depth++;
    else if (site[i] === ")" && --depth === 0) return i;
  }
  return site.length;
}

function startsWith(text: string, part: string, at: number): boolean {
  return stringSlice(text, at, at + part.length) === part;
}
