import assert from "node:assert/strict";
import { test } from "node:test";
import { CompileError, compile, compileSource, warningText } from "#compiler";
import { compileFiles, type Files, project } from "./project.ts";

interface Expected {
  readonly code: string;
  readonly at: string;
  readonly message: RegExp;
  readonly frame?: string;
}

const main = "export async function main() {}\n";
const CASES: readonly { readonly name: string; readonly files: Files; readonly expected: Expected }[] = [
  {
    name: "JSON with a mistake",
    files: { "main.ts": `${main}import data from "./data.json";\nvoid data;`, "data.json": '{\n  "a": 1,\n  b: 2\n}' },
    expected: { code: "SyntaxError", at: "data.json:3:2", message: /JSON/ },
  },
  {
    name: "syntax",
    files: { "main.ts": `${main}const x = ;` },
    expected: {
      code: "SyntaxError",
      at: "main.ts:2:10",
      message: /Unexpected ";"/,
      frame: "> 2 | const x = ;\n    |           ^",
    },
  },
  {
    name: "a free name that compiled code has",
    files: { "main.ts": "export async function main() {\n  return typeof $k;\n}\n" },
    expected: { code: "ReservedName", at: "main.ts:2:16", message: /The name \$k is used by compiled code/ },
  },
  {
    name: "a write to a free name that compiled code has",
    files: { "main.js": "[$x0] = [1];\nexport async function main() {}\n", "main.ts": `${main}import "./main.js";` },
    expected: { code: "ReservedName", at: "main.js:1:1", message: /The name \$x0/ },
  },
  {
    name: "an import that does not resolve",
    files: { "main.ts": `${main}import { a } from "./gone.ts"; a();` },
    expected: { code: "UnresolvedImport", at: "main.ts:2:18", message: /Could not resolve "\.\/gone\.ts"/ },
  },
  {
    name: "an import from the network",
    files: { "main.ts": `${main}import a from "https://example.com/a.js"; a();` },
    expected: { code: "UnresolvedImport", at: "main.ts:2:14", message: /https:\/\/example\.com/ },
  },
  {
    name: "a name that a module does not export",
    files: { "main.ts": `${main}import { a } from "./b.ts"; a();`, "b.ts": "export const b = 1;" },
    expected: { code: "MissingExport", at: "main.ts:2:9", message: /No matching export in "b\.ts" for import "a"/ },
  },
  {
    name: "no main",
    files: { "main.ts": "export const other = 1; // export default is missing" },
    expected: { code: "NoMain", at: "main.ts:1:0", message: /neither `main` nor a default export/ },
  },
  {
    name: "a main that is no function",
    files: { "main.ts": "const main = { run() {} };\nexport { main };\n" },
    expected: { code: "NoMain", at: "main.ts:1:0", message: /export `main` is no function/ },
  },
  {
    name: "top-level await in CommonJS",
    files: {
      "main.ts": `${main}import "./old.cts";`,
      "old.cts": "const rates = await load();\nfunction load() {}\nexport = rates;",
    },
    expected: {
      code: "TopLevelAwait",
      at: "old.cts:1:14",
      message: /Only an ES module can `await`/,
      frame: "> 1 | const rates = await load();\n    |               ^^^^^",
    },
  },
  {
    name: "import() of an expression",
    files: { "main.ts": `${main}export const get = (name: string) => import(name);` },
    expected: { code: "DynamicImportNotStatic", at: "main.ts:2:37", message: /not known beforehand/ },
  },
  {
    name: "import() of an expression beside files that it could name",
    files: {
      "main.ts": `${main}export const get = (name: string) => import("./" + name);`,
      "other.ts": 'import "nowhere";',
    },
    expected: { code: "DynamicImportNotStatic", at: "main.ts:2:37", message: /not known beforehand/ },
  },
  {
    name: "a regular expression that is none",
    files: { "main.ts": `${main}export const at = /+/;` },
    expected: { code: "SyntaxError", at: "main.ts:2:18", message: /Nothing to repeat/ },
  },
  {
    name: "a package.json that is no JSON",
    files: { "main.ts": `${main}import "p";`, "node_modules/p/index.js": "", "node_modules/p/package.json": "[1" },
    expected: { code: "SyntaxError", at: "node_modules/p/package.json:1:2", message: /JSON|Expected|end of file/ },
  },
  {
    name: "code that is nested too deep",
    files: { "main.ts": `${main}export const deep = ${"[".repeat(20_000)}${"]".repeat(20_000)};` },
    expected: { code: "NestedTooDeep", at: "main.ts:0:0", message: /nested too deep/, frame: "" },
  },
  {
    name: "JSX in JavaScript",
    files: { "main.ts": `${main}import "./view.js";`, "view.js": "export const view = () => <p>hello</p>;" },
    expected: { code: "Jsx", at: "view.js:1:26", message: /JSX/ },
  },
  {
    name: "an import with JSX",
    files: { "main.ts": `${main}import "./view.tsx";`, "view.tsx": "export const view = () => <p>hello</p>;" },
    expected: { code: "Jsx", at: "main.ts:2:7", message: /"\.\/view\.tsx" has JSX/ },
  },
  {
    name: "assignment to an import",
    files: { "main.ts": `${main}import { b } from "./b.ts";\n(b as any) = 2;`, "b.ts": "export let b = 1;" },
    expected: { code: "SyntaxError", at: "main.ts:3:1", message: /import "b"/ },
  },
  {
    name: "a file that is no module",
    files: { "main.ts": `${main}import "./style.css";`, "style.css": "a {}" },
    expected: { code: "UnsupportedFile", at: "main.ts:2:7", message: /style\.css|css/ },
  },
];

for (const { name, files, expected } of CASES) {
  test(`compile error: ${name}`, async (t) => {
    await assert.rejects(compileFiles(t, files), (error) => {
      assert.ok(error instanceof CompileError, String(error));
      assert.equal(error.code, expected.code);
      assert.equal(`${error.file}:${error.line}:${error.column}`, expected.at);
      assert.match(error.message, expected.message);
      assert.ok(error.frame.includes(expected.frame ?? `> ${error.line} | `), error.frame);
      assert.ok(error.advice !== "" && error.message.endsWith(error.advice));
      return true;
    });
  });
}

test("in a package an uncovered construct stays native, with a warning", async (t) => {
  const { warnings } = await compileFiles(t, {
    "main.ts": `${main}import "lib";`,
    "node_modules/lib/package.json": JSON.stringify({ name: "lib", version: "1.0.0" }),
    "node_modules/lib/index.js":
      "exports.f = function (o) { return o; };\nexports.g = function (name) { return import(name); };",
  });
  assert.deepEqual(
    warnings.map(({ code, file, line }) => `${code} ${file}:${line}`),
    ["DynamicImportNotStatic lib/index.js:2"],
  );
  for (const warning of warnings) {
    assert.match(warning.frame, new RegExp(`^> ${warning.line} \\| exports`, "m"));
    const text = warningText(warning);
    assert.ok(text.startsWith(`lib/index.js:${warning.line}:${warning.column + 1}: warning: `), text);
    assert.ok(text.includes(`[${warning.code}]\n${warning.frame}\n`), text);
  }
});

test("a module of Node is warned of where it is imported", async (t) => {
  const { warnings } = await compileFiles(t, {
    "main.ts": `${main}\nimport { readFileSync } from "node:fs";\nvoid readFileSync;`,
  });
  assert.deepEqual(
    warnings.map(({ code, file, line, column }) => `${code} ${file}:${line}:${column}`),
    ["NodeBuiltin main.ts:3:29"],
  );
  assert.match(warnings[0]!.frame, /\^{9}$/m);
});

test("compileSource names the file in its errors", async () => {
  await assert.rejects(compileSource("let x = ;", { filename: "inline.ts" }), {
    code: "SyntaxError",
    file: "inline.ts",
  });
});

test("an entry that is not there, or is a folder, is named", async (t) => {
  const folder = project(t, { "main.ts": main, "other/a.ts": main });
  for (const entry of ["nope.ts", "other", "", "main.ts\0"])
    await assert.rejects(compile({ entry, folder }), (error) => {
      assert.ok(error instanceof CompileError, String(error));
      assert.equal(error.code, "UnresolvedImport");
      assert.equal(error.file, entry || folder);
      return true;
    });
});
