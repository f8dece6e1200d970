/** What a proxy is to the runtime: nothing can tell one afterwards, and whatever else is asked of it runs code of a script (I5). */
import { Identity } from "./definition.ts";

let areUsed = false;

/** Whether there ever was a proxy in this context. */
export function proxiesAreUsed(): boolean {
  return areUsed;
}

/** A proxy: stamped at construction, because nothing can tell one afterwards. A revoked one holds `undefined` twice. */
export class ProxySlot extends Identity {
  #target: object | undefined;
  #handler: object | undefined;
  #revoke: () => void;

  constructor(proxy: object, target: object, handler: object, revoke: () => void) {
    super(proxy);
    areUsed = true;
    this.#target = target;
    this.#handler = handler;
    this.#revoke = revoke;
  }

  static has(proxy: object): boolean {
    return #target in proxy;
  }

  static target(proxy: object): object | undefined {
    return (proxy as ProxySlot).#target;
  }

  static handler(proxy: object): object | undefined {
    return (proxy as ProxySlot).#handler;
  }

  /** Forgets target and handler; gives the native function that ends the proxy. */
  static revoke(proxy: object): () => void {
    (proxy as ProxySlot).#target = undefined;
    (proxy as ProxySlot).#handler = undefined;
    return (proxy as ProxySlot).#revoke;
  }
}
