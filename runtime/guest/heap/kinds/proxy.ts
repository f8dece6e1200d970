/**
 * Proxies: stamped at construction, found before anything else, and never asked (I5).
 *
 *   PROXY form             0 target:value handler:value
 *                          1 revoked, 2 revoked and callable, 3 revoked and a constructor
 */
import { makeProxy } from "../../globals/proxy.ts";
import { isConstructor, reflectApply } from "../../primordials.ts";
import { hasPrivateNames, ProxySlot } from "../../slots.ts";
import { writePrivateNames } from "../extras.ts";
import * as format from "../format.ts";
import { corrupt } from "../heap-error.ts";
import type { HeadReader, Kind } from "../kind.ts";

const LIVE = 0;
const REVOKED = 1;
const REVOKED_CALLABLE = 2;
const REVOKED_CONSTRUCTOR = 3;

/** What a revoked proxy stood before, as far as that still shows. */
const STAND_INS: readonly (() => object)[] = [
  () => ({}),
  () => () => undefined,
  () =>
    function standIn() {
      return undefined;
    },
];

export const proxy: Kind = {
  name: "Proxy",
  writeHead(encoder, value) {
    const { out } = encoder;
    if (hasPrivateNames(value)) out.byte(format.EXTRA);
    out.byte(format.PROXY);
    const target = ProxySlot.target(value);
    if (target === undefined) {
      out.byte(typeof value !== "function" ? REVOKED : isConstructor(value) ? REVOKED_CONSTRUCTOR : REVOKED_CALLABLE);
      return undefined;
    }
    out.byte(LIVE);
    encoder.value(target);
    encoder.value(ProxySlot.handler(value));
    return undefined;
  },
  writeBody(encoder, value) {
    if (!hasPrivateNames(value)) return;
    encoder.out.byte(format.HAS_PRIVATE_STATE);
    writePrivateNames(encoder, value);
  },
  visitEdges: (value, visit) =>
    ProxySlot.target(value) !== undefined &&
    (visit("target", ProxySlot.target(value)) || visit("handler", ProxySlot.handler(value))),
};

function revoked(form: number): object {
  const standIn = STAND_INS[form - REVOKED];
  if (standIn === undefined) return corrupt("a proxy of an unknown form");
  const made = makeProxy(standIn(), {});
  reflectApply(ProxySlot.revoke(made), undefined, []);
  return made;
}

export const proxyHeads: readonly (readonly [number, HeadReader])[] = [
  [
    format.PROXY,
    (decoder) => {
      const index = decoder.reserve();
      const form = decoder.reader.byte();
      const made = form === LIVE ? makeProxy(decoder.object(), decoder.object()) : revoked(form);
      decoder.place(index, made, undefined, undefined);
      return made;
    },
  ],
];
