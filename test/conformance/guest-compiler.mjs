/**
 * The compiler of code made at run time as a script that needs no Node: the contexts of a runner of test262 have no host
 * function that could compile, so the compiler travels in the prelude. It is evaluated when code is first made.
 *
 * What it has of Node in the product is put aside: V8 says early errors of functions itself (of scripts Babel does), and the
 * hashes of a unit's functions, which nothing compares here, are shorter.
 */
import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

const ENTRY = `
  export { compileCode } from "./compiler/dynamic/index.ts";
  export { compileScript } from "./compiler/script/index.ts";`;

const CORE = `
  import { parse } from "@babel/parser";
  export * as types from "@babel/types";
  export { default as traverse, NodePath } from "@babel/traverse";
  export { generate } from "@babel/generator";
  export { default as template } from "@babel/template";
  export const version = "";
  export const parseSync = (text, { filename, sourceType, parserOpts }) =>
    parse(text, { sourceFilename: filename, sourceType, ...parserOpts });
  export const transformFromAstSync = undefined;`;

const EARLY_ERROR = `
  export function earlyError({ text, parts }) {
    if (parts === undefined) return null;
    try {
      new ($natives.find(([start]) => text.startsWith(start))[1])(...parts);
      return null;
    } catch (error) {
      return error.message;
    }
  }
  export const refusalOf = (request, { message }) => message.split("\\n")[0];`;

/** By how the text of a function begins: the engine's own constructors, which the runtime replaces. */
export const NATIVES = `[
  ["function anonymous", Function], ["function* anonymous", (function* () {}).constructor],
  ["async function anonymous", (async () => {}).constructor],
  ["async function* anonymous", (async function* () {}).constructor],
]`;

const HASH = `
  export function createHash() {
    let a = 0x811c9dc5, b = 0x1b873593;
    const hash = {
      update(text) {
        for (let i = 0; i < text.length; i++) {
          a = Math.imul(a ^ text.charCodeAt(i), 16777619);
          b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b) ^ (b >>> 13);
        }
        return hash;
      },
      digest: () => (a >>> 0).toString(16).padStart(8, "0") + (b >>> 0).toString(16).padStart(8, "0"),
    };
    return hash;
  }`;

const ABSENT = ["extname", "join", "dirname", "relative", "isAbsolute", "resolve", "sep", "posix", "basename"];
const ABSENT_MODULE = `${[
  ...ABSENT,
  ...["fileURLToPath", "pathToFileURL", "Script", "readFileSync", "readdirSync", "existsSync", "statSync", "readFile"],
  ...[
    "writeFile",
    "rename",
    "mkdir",
    "version",
    "build",
    "builtinModules",
    "isBuiltin",
    "createRequire",
    "realpathSync",
  ],
]
  .map((name) => `export const ${name} = undefined;`)
  .join("\n")}\nexport default {};`;

const withoutNode = {
  name: "without-node",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path, namespace }) => {
      if (namespace === "absent") return undefined;
      if (path === "@babel/core") return { path: "core", namespace: "core" };
      if (path === "#protocol") return { path: `${root}protocol/index.ts`, sideEffects: false };
      if (path.endsWith("/early-error.ts")) return { path: "early-error", namespace: "early-error" };
      if (path === "node:crypto") return { path: "hash", namespace: "hash" };
      const isAbsent = builtinModules.includes(path.replace(/^node:/, "")) || /^(esbuild|@babel\/preset-)/.test(path);
      return isAbsent ? { path, namespace: "absent" } : undefined;
    });
    for (const [namespace, contents] of [
      ["core", CORE],
      ["early-error", EARLY_ERROR],
      ["hash", HASH],
      ["absent", ABSENT_MODULE],
    ]) {
      onLoad({ filter: /.*/, namespace }, () => ({ contents, resolveDir: root }));
    }
  },
};

/** An expression: a function of the list `NATIVES` that gives `compileCode` and `compileScript`. */
export async function guestCompiler() {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: root },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "compiler",
    platform: "browser",
    minify: true,
    target: "node24",
    legalComments: "none",
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [withoutNode],
  });
  return `(($natives) => { ${outputFiles[0].text}\nreturn compiler; })`;
}
