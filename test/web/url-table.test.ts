/**
 * URL parsing against Node's, in the compiled guest: a table of cases by hand, and random ones from pieces that mean something
 * to a parser. Hosts beyond ASCII have their own table.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { domainToASCII } from "node:url";
import { compileSource } from "#compiler";
import { domainToAscii } from "../../runtime/web/idna.ts";
import { Guest } from "../guest/harness.ts";

const RANDOM_CASES = 3_000;
const PIECES = [
  ..."/\\?#:@.%[]|^~ <>\"'`{}&=;,!$*+-_",
  ..."aZ019",
  "//",
  "..",
  "http:",
  "https://",
  "file:///",
  "ws:",
  "mailto:",
  "javascript:",
  "x-y:",
  "blob:",
  "C:",
  "c|",
  "localhost",
  "EXAMPLE.com",
  "127.1",
  "0x7f.0.0.1",
  "256.0.0.1",
  "[::1]",
  "[1:2:3:4:5:6:7:8]",
  "[::ffff:1.2.3.4]",
  ":80",
  ":443",
  ":99999",
  "%2e",
  "%2E%2e",
  "%41",
  "%zz",
  "ü",
  "€",
  "😀",
  "\ud800",
  "\u0000",
  "\t",
  "\n",
  "xn--mnchen-3ya.de",
  "münchen.de",
];
const BASES = [
  "http://u:p@h:81/a/b?c#d",
  "file:///C:/x/y",
  "mailto:a@b",
  "x-y://h/p/q",
  "x-y:/p/../q",
  "https://example.com",
];
const TABLE: readonly (readonly [string, string?])[] = [
  ["http://example.com"],
  ["HTTP://EXAMPLE.COM:80/../a/./b/%2e%2e/c"],
  ["https://user:@host/"],
  ["http://a:b@c:d@e/"],
  ["http://1.2.3"],
  ["http://1.2.3.4.5"],
  ["http://0300.0.0.0xA8"],
  ["http://4294967296"],
  ["http://[1::2:3]/"],
  ["http://[1:2:3:4:5:6:7::]/"],
  ["http://[1:0:0:4:0:0:0:8]/"],
  ["http://[::1.2.3.4]/"],
  ["http://[::1.2.3]/"],
  ["http://[:1]/"],
  ["http://[1:2]/"],
  ["http://a_b.c/"],
  ["http://a%41b.c/"],
  ["http://a%00b.c/"],
  ["http://ho st/"],
  ["foo://ho%20st/?a b#c d"],
  ["foo:bar baz  ?x#y"],
  ["foo:/a/../../b"],
  ["foo:///p"],
  ["foo:/.//p"],
  ["file:c:\\foo\\bar"],
  ["file://localhost/x"],
  ["file:///c|/x/../.."],
  ["file://host/c:/../x"],
  ["", "http://a/b?c#d"],
  ["?x", "http://a/b?c#d"],
  ["#x", "mailto:a"],
  ["//h2/p", "https://a/b"],
  ["\\\\h2\\p", "https://a/b"],
  ["./a:b", "http://a/"],
  ["http:x", "http://a/b/c"],
  ["http:x", "https://a/b/c"],
  ["javascript:alert(1) "],
  ["  http://trim.me/ \n"],
  ["ht\ntp://new\tline.me/"],
  ["http://a/\u0080\ud800"],
  ["http://a/?q='\"<>`{}|^"],
  ["foo://a/?q='\"<>`{}|^"],
  ['http://a/#`<>"{}^'],
  ["http://a.../"],
  ["http://./"],
  ["http://../"],
  ["http://xn--/"],
  ["http://a:0/"],
  ["http://a:65536/"],
  ["http://a:/"],
  ["wss://a:443/b"],
  ["blob:https://a.b/c"],
  ["data:text/plain,hello world#x y"],
];

const SETTERS = ["protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"] as const;
const VALUES = [
  "",
  "x",
  "a:b",
  "https",
  "ws:",
  "example.org:8080",
  "h:99999",
  "[::1]:1",
  "8080",
  "80",
  "80x",
  "/a b/../c",
  "?q='1",
  "#f g",
  "a@b",
  "../..",
  "münchen.de",
  "a#b",
  "a?b",
  "a/b",
  "\\x",
];

/** As the guest and Node both show it. */
const SHOW = `function show(input, base) {
  try {
    const url = base === undefined ? new URL(input) : new URL(input, base);
    return [url.href, url.origin, url.host, url.pathname, url.search, url.hash, url.username, url.password].join(" ");
  } catch (error) {
    return error.code ?? String(error);
  }
}
function change(href, key, value) {
  const url = new URL(href);
  url[key] = value;
  return url.href;
}
function form(text) {
  const params = new URLSearchParams(text);
  return [[...params], params.toString()];
}`;

const { show, change, form } = new Function(`${SHOW} return { show, change, form };`)() as {
  show(input: string, base?: string): string;
  change(href: string, key: string, value: string): string;
  form(text: string): unknown;
};

async function load(): Promise<{ call(name: string, ...values: unknown[]): unknown; release(): void }> {
  const { program } = await compileSource(
    `${SHOW}\nglobalThis.show = show; globalThis.change = change; globalThis.form = form; export function main() {}`,
    { filename: "main.js" },
  );
  const guest = new Guest();
  guest.load(program.code, program.tables, true);
  return {
    call: (name, ...values) =>
      JSON.parse(
        guest.context.evalClosureSync(`return JSON.stringify(globalThis[$0](...JSON.parse($1)));`, [
          name,
          JSON.stringify(values),
        ]) as string,
      ),
    release: () => guest.release(),
  };
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

test("a table of URLs, setters and forms gives what Node gives", async () => {
  const guest = await load();
  for (const [input, base] of TABLE) {
    const values = base === undefined ? [input] : [input, base];
    assert.equal(guest.call("show", ...values), show(input, base), JSON.stringify(values));
  }
  for (const href of ["http://u:p@h:81/a/b?c#d", "file:///C:/x", "mailto:a?b", "x-y://h/p", "x-y:/p"]) {
    for (const key of SETTERS) {
      for (const value of VALUES) {
        assert.equal(guest.call("change", href, key, value), change(href, key, value), `${href} ${key} = ${value}`);
      }
    }
  }
  for (const text of ["a=b&c=d", "?a", "a=b=c&&=x", "a+b=%20%2B", "%zz=%E4", "ü=€&a*b-c._~=!'()", "\ud800=😀"]) {
    assert.deepEqual(guest.call("form", text), JSON.parse(JSON.stringify(form(text))), text);
  }
  guest.release();
});

test("random URLs give what Node gives", async () => {
  const seed = Number(process.env.KAWAIT_SEED ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const guest = await load();
  for (let i = 0; i < RANDOM_CASES; i++) {
    let input = next() < 0.5 ? pick(["http://", "https://h/", "file://", "x-y://", "x-y:"]) : "";
    for (let n = Math.floor(next() * 7); n >= 0; n--) input += pick(PIECES);
    const values = next() < 0.4 ? [input, pick(BASES)] : [input];
    assert.equal(guest.call("show", ...values), show(values[0]!, values[1]), JSON.stringify({ seed, values }));
  }
  guest.release();
});

test("the tables of hosts that Unicode's properties stand for are nearly Node's", () => {
  const stride = 16;
  const differing: string[] = [];
  const first = 0x80 + (Date.now() % stride);
  for (let code = first; code < 0x110000; code += stride) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const host = `a${String.fromCodePoint(code)}`;
    if ((domainToAscii(host) ?? "") !== domainToASCII(host)) differing.push(code.toString(16));
  }
  assert.ok(differing.length < 0x110000 / stride / 1_000, differing.join(" "));
});

test("hosts beyond ASCII become what Node makes of them", async () => {
  const guest = await load();
  const hosts = [
    ..."münchen faß Faß ẞtraße ΣΊΣΥΦΟΣ ﬁsh Ａbc １２７．０．０．１ 日本語。jp ℡ x² Ǆ ǅ שלום مثال مثالa 한국 ᏣᎳᎩ ꮳꮃ İstanbul ıx xn--fa-hia xn--ls8h xn--zzzz xn--a-ecp.ru xn--zzzzü xn--a.ü a\u00adb a\u200bb a\u200db क्\u200dष a\u0300 \u0300a ⒈com ☃ ♥ 💩 ｘｎ－－ｌｓ８ｈ a≠b ͅ ǰ ŉ ΐ".split(
      " ",
    ),
    "a\u2260b",
    "a\ue000b",
    "a\u0378b",
  ];
  for (const host of hosts) {
    const url = `http://${host}/`;
    assert.equal(guest.call("show", url), show(url), `${host} (${domainToASCII(host)})`);
  }
  guest.release();
});
