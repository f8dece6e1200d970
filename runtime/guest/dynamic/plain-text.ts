/** Texts that hold nothing but comments, or one regular expression without classes: they declare, name and make nothing of ours. */
import { stringCharCodeAt } from "../primordials.ts";

const SLASH = 0x2f;
const STAR = 0x2a;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;

const isLineEnd = (code: number): boolean => code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029;

/** The engine may evaluate such a text as it stands. */
export function isPlainText(text: string): boolean {
  if (text.length < 2 || stringCharCodeAt(text, 0) !== SLASH) return false;
  const second = stringCharCodeAt(text, 1);
  if (second === SLASH) return isOneLine(text);
  return second === STAR ? isOneComment(text) : isRegExp(text);
}

function isOneLine(text: string): boolean {
  for (let i = 2; i < text.length; i++) if (isLineEnd(stringCharCodeAt(text, i))) return false;
  return true;
}

function isOneComment(text: string): boolean {
  for (let i = 3; i < text.length; i++) {
    if (stringCharCodeAt(text, i - 1) !== STAR || stringCharCodeAt(text, i) !== SLASH) continue;
    return i > 2 && i === text.length - 1;
  }
  return false;
}

function isRegExp(text: string): boolean {
  for (let i = 1; i < text.length; i++) {
    const code = stringCharCodeAt(text, i);
    if (isLineEnd(code) || code === BRACKET) return false;
    if (code === SLASH) return i === text.length - 1;
    if (code === BACKSLASH && (++i >= text.length || isLineEnd(stringCharCodeAt(text, i)))) return false;
  }
  return false;
}
