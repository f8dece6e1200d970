/**
 * The adapter by which a runner of test262 drives compiler and runtime: every script becomes a unit of global code, run by
 * one thread in private mode, the product's own. A runner may save the thread before any job and go on in a new context.
 *
 * A runner evaluates `prelude` in a fresh context, then compiled units (which only registers them), then `start(filename)`
 * of each, then `pump` until it gives 0. With `durable`: before each job `snapshot`, a new context with prelude and units,
 * `restore`. Contexts are those of isolated-vm or `node:vm`, with the host functions `print`, `__once` and `$262`.
 */
import vm from "node:vm";
import { compileScript } from "../../compiler/script/index.ts";
import { compileModule } from "../../compiler/script/module.ts";
import { guestPrelude } from "../../runtime/guest-bundle.ts";
import { guestCompiler, NATIVES } from "./guest-compiler.mjs";

export const name = "kawait";

/** The kernel's name: a constant of the global environment, which no property of the global object shows. */
const KERNEL = "$kawait";

const [{ code: guest }, compiler] = await Promise.all([guestPrelude(), guestCompiler()]);

export const prelude = `const ${KERNEL} = ((evaluate, natives, host) => {
  const kernel = ${guest.trim().replace(/;$/, "")};
  const { apply } = Reflect;
  const { stringify, parse } = JSON;
  const { charCodeAt, indexOf, slice, startsWith } = String.prototype;
  const { fromCharCode } = String;
  const Bytes = Uint8Array;
  const toNumber = parseInt;
  let compiler;
  const tools = () => (compiler ??= evaluate(${JSON.stringify(compiler)})(natives));
  kernel.useCompiler((request) => tools().compileCode(request));
  const sources = { __proto__: null };
  kernel.addSource = (mark, text, spans) => {
    sources[mark] = { text, spans };
  };
  kernel.useDebug((question) => {
    const { kind, mark } = parse(question);
    if (kind !== "source") return "";
    const point = apply(indexOf, mark, ["."]);
    const source = sources[apply(slice, mark, [0, point])];
    if (source === undefined) return "";
    const number = 2 * toNumber(apply(slice, mark, [point + 1]), 36);
    return apply(slice, source.text, [source.spans[number], source.spans[number + 1]]);
  });
  ${evalScriptText()}
  kernel.prepareUnits();
  return kernel;
})(eval, ${NATIVES}, typeof $262 === "object" ? $262 : undefined);
`;

/**
 * Scripts that a test evaluates are units too: compiled, made known to the context, run. A state carries their texts in
 * front of the heap, because the context that goes on from it has to know them first.
 */
function evalScriptText() {
  return `
  const units = [];
  const evalScript = host?.evalScript;
  const know = (unit) => evalScript(unit);
  if (evalScript !== undefined) {
    host.evalScript = (source) => {
      const filename = "evalScript " + units.length;
      let compiled;
      try {
        compiled = tools().compileScript(source, { filename });
      } catch {
        // The engine says what is wrong with it.
        return evalScript(source);
      }
      const { declarations, code, tables, mark, spans } = compiled;
      const added = "\\n${KERNEL}.addUnit(" + stringify(filename) + ", " + code + ", " +
        stringify(stringify(tables)) + ");${KERNEL}.addSource(" + stringify(mark) + ", " + stringify(source) + ", " +
        stringify(spans) + ");";
      know(declarations + added);
      // What it declared with \`var\` is saved with the global object: once declared again it could be other than it was.
      const again = apply(startsWith, declarations, ["var "])
        ? apply(slice, declarations, [apply(indexOf, declarations + "\\n", ["\\n"])])
        : declarations;
      units[units.length] = again + added;
      return kernel.evalUnit(filename);
    };
  }
  const { snapshot, restore } = kernel;
  kernel.snapshot = () => {
    const heap = new Bytes(snapshot());
    const head = units.length === 0 ? "" : stringify(units);
    const bytes = new Bytes(4 + head.length * 2 + heap.length);
    for (let i = 0; i < 4; i++) bytes[i] = head.length >>> (i * 8);
    for (let i = 0; i < head.length; i++) {
      const code = apply(charCodeAt, head, [i]);
      bytes[4 + i * 2] = code;
      bytes[5 + i * 2] = code >>> 8;
    }
    for (let i = 0; i < heap.length; i++) bytes[4 + head.length * 2 + i] = heap[i];
    return bytes.buffer;
  };
  kernel.restore = (given) => {
    const bytes = new Bytes(given);
    let length = 0;
    for (let i = 0; i < 4; i++) length |= bytes[i] << (i * 8);
    let head = "";
    for (let i = 0; i < length; i++) head += fromCharCode(bytes[4 + i * 2] | (bytes[5 + i * 2] << 8));
    if (length > 0) {
      const known = parse(head);
      for (let i = 0; i < known.length; i++) {
        know(known[i]);
        units[i] = known[i];
      }
    }
    restore(bytes.slice(4 + length * 2).buffer);
  };`;
}

export const compileHarness = true;
export const moduleFormat = "script";

/**
 * @param {string} source
 * @param {{ filename: string, sourceType: "script" | "module", checkpoint?: boolean }} options
 * @returns {string | Promise<string>} a script that registers the unit
 */
export function compile(source, { filename, sourceType, checkpoint = false }) {
  if (sourceType === "module") return compileModule(source, { filename }).then((unit) => textOf(unit, filename));
  checkSyntax(source, filename);
  const unit = compileScript(source, { filename, checkpoint });
  const known = [unit.mark, source, unit.spans].map((part) => JSON.stringify(part));
  return `${textOf(unit, filename)}${KERNEL}.addSource(${known.join(", ")});\n`;
}

function textOf({ declarations, code, tables }, filename) {
  const parts = [JSON.stringify(filename), code, JSON.stringify(JSON.stringify(tables))];
  return `${declarations}\n${KERNEL}.addUnit(${parts.join(", ")});\n`;
}

/** Early errors are the engine's: what it refuses to parse is refused with its own SyntaxError. */
function checkSyntax(source, filename) {
  new vm.Script(source, { filename });
}

export const start = (filename) => `${KERNEL}.runUnit(${JSON.stringify(filename)})`;
export const pump = `${KERNEL}.pump()`;

export const durable = {
  snapshot: `${KERNEL}.snapshot()`,
  restore: `(bytes) => ${KERNEL}.restore(bytes)`,
};
