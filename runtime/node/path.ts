/** `node:path`: paths with slashes. A workflow stands in no folder, so the one it starts from is the root. */

import { invalidType } from "../web/buffer-errors.ts";
import { checkText } from "./errors.ts";

export const sep = "/";
export const delimiter = ":";

interface PathParts {
  readonly root: string;
  readonly dir: string;
  readonly base: string;
  readonly name: string;
  readonly ext: string;
}

/** Without `.`, `..` and empty parts; above the root there is nothing. */
function cleaned(path: string, isAbsolute: boolean): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!isAbsolute) parts.push("..");
  }
  return parts.join("/");
}

export function isAbsolute(path: string): boolean {
  checkText(path, "path");
  return path.startsWith("/");
}

export function normalize(path: string): string {
  checkText(path, "path");
  if (path === "") return ".";
  const root = path.startsWith("/") ? "/" : "";
  const rest = cleaned(path, root !== "");
  if (rest === "") return root || (path.endsWith("/") ? "./" : ".");
  return root + rest + (path.endsWith("/") ? "/" : "");
}

export function join(...paths: string[]): string {
  for (const path of paths) checkText(path, "path");
  const joined = paths.filter((path) => path !== "").join("/");
  return joined === "" ? "." : normalize(joined);
}

export function resolve(...paths: string[]): string {
  let whole = "";
  for (let i = paths.length - 1; i >= 0 && !whole.startsWith("/"); i--) {
    const path = paths[i]!;
    checkText(path, `paths[${i}]`);
    if (path !== "") whole = whole === "" ? path : `${path}/${whole}`;
  }
  return `/${cleaned(whole, true)}`;
}

export function relative(from: string, to: string): string {
  checkText(from, "from");
  checkText(to, "to");
  const here = resolve(from).split("/").filter(Boolean);
  const there = resolve(to).split("/").filter(Boolean);
  let same = 0;
  while (same < here.length && same < there.length && here[same] === there[same]) same++;
  return [...here.slice(same).map(() => ".."), ...there.slice(same)].join("/");
}

export function toNamespacedPath(path: string): string {
  return path;
}

/** Where the last part stands: trailing slashes do not count. */
function lastPart(path: string): { start: number; end: number } {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return { start: path.lastIndexOf("/", end - 1) + 1, end };
}

export function dirname(path: string): string {
  checkText(path, "path");
  if (path === "") return ".";
  const { start, end } = lastPart(path);
  if (end === 0) return "/";
  let to = start;
  while (to > 1 && path[to - 1] === "/") to--;
  if (start === 0) return ".";
  return to === 1 && path.startsWith("//") && start > 1 ? "//" : path.slice(0, Math.max(to, 1));
}

export function basename(path: string, suffix?: string): string {
  if (suffix !== undefined) checkText(suffix, "suffix");
  checkText(path, "path");
  const { start, end } = lastPart(path);
  const base = end === 0 ? "" : path.slice(start, end);
  const isShorter = suffix !== undefined && suffix !== base && base.endsWith(suffix);
  return isShorter ? base.slice(0, base.length - suffix.length) : base;
}

export function extname(path: string): string {
  checkText(path, "path");
  const base = basename(path);
  const at = base.lastIndexOf(".");
  return at <= 0 || base === ".." ? "" : base.slice(at);
}

export function format(parts: Partial<PathParts>): string {
  if (typeof parts !== "object" || parts === null) throw invalidType("pathObject", "of type object", parts);
  const dir = parts.dir || parts.root || "";
  const ext = parts.ext ? (parts.ext.startsWith(".") ? parts.ext : `.${parts.ext}`) : "";
  const base = parts.base || `${parts.name || ""}${ext}`;
  if (dir === "") return base;
  return dir === parts.root ? `${dir}${base}` : `${dir}/${base}`;
}

export function parse(path: string): PathParts {
  checkText(path, "path");
  const root = path.startsWith("/") ? "/" : "";
  const base = basename(path);
  const ext = extname(path);
  const { start, end } = lastPart(path);
  const dir = end === 0 ? root : start > 1 ? path.slice(0, start - 1) : start === 1 ? root : "";
  // A peculiarity of Node's.
  if (base === ".." && start === 1) return { root, dir, base, ext: ".", name: "." };
  return { root, dir, base, ext, name: ext === "" ? base : base.slice(0, base.length - ext.length) };
}

const posix: Record<string, unknown> = {
  basename,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
  sep,
  toNamespacedPath,
};
posix.posix = posix;

export default posix;
export { posix };
