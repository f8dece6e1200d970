/**
 * `Proxy`, whose objects are stamped with target and handler: nothing can tell a proxy afterwards, and the codec must not
 * touch one (I5). Each is made revocable, so that one that was read from a state can be revoked as well.
 */

import {
  defineFixed,
  defineHidden,
  functionBind,
  isObject,
  NativeProxy,
  NativeTypeError,
  proxyRevocable,
  reflectApply,
} from "../primordials.ts";
import { ValueCell } from "../records.ts";
import { runtimeFunction } from "../registry.ts";
import { ProxySlot } from "../slots.ts";

/** A proxy as scripts make it, and as decoding makes it. */
export function makeProxy(target: object, handler: object): object {
  const { proxy, revoke } = proxyRevocable(target, handler);
  new ProxySlot(proxy, target, handler, revoke);
  return proxy;
}

function make(this: unknown, target: unknown, handler: unknown): object {
  if (new.target === undefined) throw new NativeTypeError("Constructor Proxy requires 'new'");
  return checked(target, handler);
}

function checked(target: unknown, handler: unknown): object {
  if (!isObject(target) || !isObject(handler)) {
    throw new NativeTypeError("Cannot create proxy with a non-object as target or handler");
  }
  return makeProxy(target, handler);
}

const revokeFunction = runtimeFunction((scope) => () => {
  const cell = scope as ValueCell;
  const proxy = cell.value as object | undefined;
  if (proxy === undefined) return;
  cell.value = undefined;
  reflectApply(ProxySlot.revoke(proxy), undefined, []);
});

const statics = {
  revocable(target: unknown, handler: unknown): object {
    const proxy = checked(target, handler);
    return { proxy, revoke: revokeFunction.instantiate([new ValueCell(proxy)]) };
  },
};

export function installProxy(global: object): void {
  // A bound function can be constructed and has no `prototype`, as the native one.
  const proxyConstructor = reflectApply(functionBind, undefined, [make, undefined]) as object;
  defineFixed(proxyConstructor, "name", NativeProxy.name);
  defineHidden(proxyConstructor, "revocable", statics.revocable);
  defineHidden(global, "Proxy", proxyConstructor);
}
