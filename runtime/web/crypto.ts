/** `crypto`: random values of the step's seed (I2). `crypto.subtle` is there for code that probes, and refuses all it is asked. */

import { DOMException } from "./dom-exception.ts";
import { fillRandom, namedError, typedArrayTag } from "./host.ts";
import { coded, defineInterface } from "./interface.ts";

const INTEGER_ARRAYS = /^(?:Int8|Uint8|Uint8Clamped|Int16|Uint16|Int32|Uint32|BigInt64|BigUint64)Array$/;
const BYTES_MAX = 65_536;
const SUBTLE = [
  "encrypt",
  "decrypt",
  "sign",
  "verify",
  "digest",
  "generateKey",
  "deriveKey",
  "deriveBits",
  "importKey",
  "exportKey",
  "wrapKey",
  "unwrapKey",
];
const MAKER = Symbol("maker");

function illegal(): TypeError {
  return coded(new TypeError("Illegal constructor"), "ERR_ILLEGAL_CONSTRUCTOR");
}

export class SubtleCrypto {
  constructor(maker?: unknown) {
    if (maker !== MAKER) throw illegal();
  }
}

for (const name of SUBTLE) {
  const refuse = async (): Promise<never> => {
    throw namedError("UnsupportedAtRunTime", `crypto.subtle.${name}() does not exist in a workflow.`);
  };
  Object.defineProperty(refuse, "name", { value: name, configurable: true });
  Object.defineProperty(SubtleCrypto.prototype, name, {
    value: refuse,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
defineInterface(SubtleCrypto, "SubtleCrypto", []);

const subtle = new SubtleCrypto(MAKER);

export class Crypto {
  constructor(maker?: unknown) {
    if (maker !== MAKER) throw illegal();
  }

  get subtle(): SubtleCrypto {
    return subtle;
  }

  getRandomValues<T extends ArrayBufferView>(array: T): T {
    const tag = ArrayBuffer.isView(array) ? typedArrayTag(array) : undefined;
    if (tag === undefined || !INTEGER_ARRAYS.test(tag)) {
      throw new DOMException("The data argument must be an integer-type TypedArray", "TypeMismatchError");
    }
    if (array.byteLength > BYTES_MAX) {
      throw new DOMException(
        `The requested length exceeds ${BYTES_MAX.toLocaleString("en-US")} bytes`,
        "QuotaExceededError",
      );
    }
    fillRandom(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return array;
  }

  randomUUID(): string {
    const bytes = new Uint8Array(16);
    fillRandom(bytes);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    let text = "";
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
      text += (bytes[i]! + 0x100).toString(16).slice(1);
    }
    return text;
  }
}

defineInterface(Crypto, "Crypto", ["subtle", "getRandomValues", "randomUUID"]);

export const crypto: Crypto = new Crypto(MAKER);
