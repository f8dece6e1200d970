/**
 * Domain to ASCII (UTS 46, non-transitional, as WHATWG URL asks for) without tables of its own: the mapping is what Unicode
 * derives it from, case folding and NFKC, which the engine has; what it allows is told by Unicode properties. Node's tables
 * differ in fewer than one of a thousand characters: newer letters, symbols beside right-to-left text.
 */

const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const FIRST_BIAS = 72;
const FIRST_N = 128;
const LABEL_MAX = 0x7fffffff;

/** Ignored by the mapping. */
const IGNORED =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each stands for itself.
  /\u034f|\u17b4|\u17b5|[\u00ad\u115f\u1160\u180b-\u180f\u200b\u2060-\u2064\u206a-\u206f\u3164\uffa0\ufe00-\ufe0f\ufeff\u{e0100}-\u{e01ef}]/u;
const JOINERS = /\u200c|\u200d/u;
/** Not assigned, private, controls, separators, other ignorables, and what is not to be told from something else. */
const DISALLOWED =
  /[\p{Cn}\p{Co}\p{Cs}\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u1680\u2ff0-\u2fff\u31ef\ufffc\ufffd]/u;
/** Whose mapping has a full stop, and is no full stop itself. */
const WITH_STOP = /[\u2024-\u2026\u2488-\u249b\u33c2\u33c7\u33d8\ufe12\ufe19\ufe30\ufe52\u{1f100}]/u;
const MARK = /^\p{M}/u;
const CHEROKEE_SMALL = /[\u13f8-\u13fd\uab70-\uabbf]/u;
const CHEROKEE = /[\u13a0-\u13f5]/u;
/** Keep what case folding would change: sharp s, final sigma. */
const DEVIATIONS = "\u00df\u03c2";
/** Letters and digits of right-to-left scripts; the extended Arabic digits go from left to right. */
const RIGHT_TO_LEFT =
  /(?![\u06f0-\u06f9])(?=[\p{L}\p{N}])[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const ARABIC_DIGIT = /[\u0660-\u0669\u066b\u066c\u0600-\u0605\u06dd\u08e2\u{10d30}-\u{10d39}\u{10e60}-\u{10e7e}]/u;

function fold(character: string): string {
  if (DEVIATIONS.includes(character) || CHEROKEE.test(character)) return character;
  if (CHEROKEE_SMALL.test(character)) return character.toUpperCase();
  if (!/\p{Changes_When_Casefolded}/u.test(character)) return character;
  // Upper case first: what has no small form of its own meets the one of its kin.
  return character === "\u1e9e" ? "\u00df" : character.toUpperCase().toLowerCase().replaceAll("\u03c2", "\u03c3");
}

/** UTS 46 mapping of a whole domain; `null` for one with a character that is not allowed. */
function mapped(domain: string): string | null {
  let out = "";
  for (const character of domain) {
    if (IGNORED.test(character)) continue;
    if (character > "\u007f" && !JOINERS.test(character) && DISALLOWED.test(character)) return null;
    if (WITH_STOP.test(character)) return null;
    if (DEVIATIONS.includes(character)) out += character;
    else {
      for (const part of character.normalize("NFKC")) {
        out += part === "\u03c2" ? "\u03c3" : part > "\u007f" ? fold(part) : part.toLowerCase();
      }
    }
  }
  return out.normalize("NFKC").replaceAll("\u3002", ".");
}

function adapt(delta: number, count: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / DAMP) : delta >> 1;
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}

function threshold(k: number, bias: number): number {
  return k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
}

function digitOf(value: number): string {
  return String.fromCharCode(value < 26 ? value + 97 : value + 22);
}

/** RFC 3492 */
function punycodeEncode(label: string): string {
  const input = [...label].map((character) => character.codePointAt(0)!);
  const basic = input.filter((code) => code < FIRST_N);
  let out = String.fromCharCode(...basic);
  let handled = basic.length;
  if (handled > 0) out += "-";
  let n = FIRST_N;
  let delta = 0;
  let bias = FIRST_BIAS;
  while (handled < input.length) {
    const next = Math.min(...input.filter((code) => code >= n));
    delta += (next - n) * (handled + 1);
    n = next;
    for (const code of input) {
      if (code < n) delta++;
      if (code !== n) continue;
      let q = delta;
      for (let k = BASE; ; k += BASE) {
        const t = threshold(k, bias);
        if (q < t) break;
        out += digitOf(t + ((q - t) % (BASE - t)));
        q = Math.floor((q - t) / (BASE - t));
      }
      out += digitOf(q);
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled++;
    }
    delta++;
    n++;
  }
  return out;
}

/** `null` for what is no punycode. */
function punycodeDecode(text: string): string | null {
  const split = text.lastIndexOf("-");
  const out = [...text.slice(0, Math.max(split, 0))].map((character) => character.codePointAt(0)!);
  let n = FIRST_N;
  let i = 0;
  let bias = FIRST_BIAS;
  for (let at = split > 0 ? split + 1 : 0; at < text.length; ) {
    const before = i;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const code = text.charCodeAt(at++);
      const digit = code >= 97 && code <= 122 ? code - 97 : code >= 48 && code <= 57 ? code - 22 : BASE;
      if (!(digit < BASE)) return null;
      i += digit * weight;
      if (i > LABEL_MAX) return null;
      const t = threshold(k, bias);
      if (digit < t) break;
      weight *= BASE - t;
    }
    bias = adapt(i - before, out.length + 1, before === 0);
    n += Math.floor(i / (out.length + 1));
    i %= out.length + 1;
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return null;
    out.splice(i++, 0, n);
  }
  return String.fromCodePoint(...out);
}

/** Whether a label in Unicode form may stand in a domain. */
function isValidLabel(label: string): boolean {
  if (label.normalize("NFC") !== label || MARK.test(label)) return false;
  for (const [index, character] of [...label].entries()) {
    if (JOINERS.test(character)) {
      // Only behind a virama (and, for the non-joiner, between letters that join: not told here).
      const before = [...label][index - 1];
      if (before === undefined || !VIRAMA.test(before)) return false;
    } else if (DISALLOWED.test(character)) return false;
  }
  return isValidDirection(label);
}

const VIRAMA =
  /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1715\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua82c\ua8c4\ua953\ua9c0\uaaf6\uabed]/u;

/** The Bidi rule (RFC 5893), as far as scripts tell directions. */
function isValidDirection(label: string): boolean {
  if (!RIGHT_TO_LEFT.test(label) && !ARABIC_DIGIT.test(label)) return true;
  const characters = [...label];
  while (characters.length > 0 && /\p{Mn}/u.test(characters.at(-1)!)) characters.pop();
  const first = characters[0]!;
  const last = characters.at(-1)!;
  if (!RIGHT_TO_LEFT.test(first) || ARABIC_DIGIT.test(first)) return false;
  if (!RIGHT_TO_LEFT.test(last) && !/[\d\u06f0-\u06f9]/.test(last)) return false;
  if (/[\d\u06f0-\u06f9]/.test(label) && ARABIC_DIGIT.test(label)) return false;
  return !characters.some((character) => /\p{L}/u.test(character) && !RIGHT_TO_LEFT.test(character));
}

/** The ASCII form of a domain; `null` for one that has none. Length limits do not count. */
export function domainToAscii(domain: string): string | null {
  // As the standard has it, punycode is believed where all is ASCII.
  if (/^[\0-\x7f]*$/.test(domain)) return domain.toLowerCase();
  const text = mapped(domain);
  if (text === null) return null;
  const labels: string[] = [];
  for (const label of text.split(".")) {
    if (label.startsWith("xn--") && label.length > 4) {
      const decoded = punycodeDecode(label.slice(4));
      if (decoded === null || /^[\0-\x7f]*$/.test(decoded)) return null;
      if (mapped(decoded) !== decoded || !isValidLabel(decoded)) return null;
      labels.push(label);
    } else if (/^[\0-\x7f]*$/.test(label)) labels.push(label);
    else {
      if (!isValidLabel(label)) return null;
      labels.push(`xn--${punycodeEncode(label)}`);
    }
  }
  return labels.join(".");
}
