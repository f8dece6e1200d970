/**
 * The adapter by which a runner of test262 drives compiler and runtime: every script becomes a unit of global code, run by
 * one thread in private mode, the product's own. A runner may save the thread before any job and go on in a new context.
 *
 * A runner evaluates `prelude` in a fresh context, then compiled units (which only registers them), then `start(filename)`
 * of each, then `pump` until it gives 0. With `durable`: before each job `snapshot`, a new context with prelude and units,
 * `restore`. Contexts are those of isolated-vm or `node:vm`, with the host functions `print`, `__once` and `$262`.
 */
import vm from "node:vm";
import { compileModule, compileScript } from "../../compiler/script/index.ts";
import { guestPrelude } from "../../runtime/guest-bundle.ts";
import { guestCompiler, NATIVES } from "./guest-compiler.mjs";

export const name = "kawait";

/** The kernel's name: a constant of the global environment, which no property of the global object shows. */
const KERNEL = "$kawait";

const [{ code: guest }, compiler] = await Promise.all([guestPrelude(), guestCompiler()]);

export const prelude = `const ${KERNEL} = ((evaluate, natives) => {
  const kernel = ${guest.trim().replace(/;$/, "")};
  let compile;
  kernel.useCompiler((request) => (compile ??= evaluate(${JSON.stringify(compiler)})(natives))(request));
  kernel.prepareUnits();
  return kernel;
})(eval, ${NATIVES});
`;

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
  return textOf(compileScript(source, { filename, checkpoint }), filename);
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
