/**
 * The reading half of a `StateStore` over a table of changelog records: envelopes opened, pieces put together.
 * The embedded broker's table and the local store's both give an `EnvelopeTable`.
 */
import { decodeEnvelopes, envelopePart, piecesOf } from "#protocol";
import { keyBytes } from "./keys.ts";

export interface EnvelopeTable {
  /** The latest value of a changelog key; tombstones are absent. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** In how many records the value at `key` lies; 0 when absent. */
  pieces(key: Uint8Array): number;
  /** Heads only, in order of key, behind `after`. */
  heads(after: Uint8Array | undefined): Iterable<readonly [Uint8Array, Uint8Array]>;
  /** In order of sort key, from `from` on. */
  index(from: Uint8Array | undefined): Iterable<{ readonly index: Uint8Array; readonly key: Uint8Array }>;
  count(): number;
}

const fromUtf8 = new TextDecoder();

export class StateView {
  readonly #table: EnvelopeTable;

  constructor(table: EnvelopeTable) {
    this.#table = table;
  }

  get(key: string): Uint8Array | undefined {
    const head = this.#table.get(keyBytes(key));
    return head === undefined ? undefined : payloadOf(key, head, this.#table);
  }

  pieces(key: string): number {
    return this.#table.pieces(keyBytes(key));
  }

  *entries(
    options: { readonly after?: string; readonly limit?: number } = {},
  ): Iterable<readonly [string, Uint8Array]> {
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const after = options.after === undefined ? undefined : keyBytes(options.after);
    if (left <= 0) return;
    for (const [key, head] of this.#table.heads(after)) {
      const name = fromUtf8.decode(key);
      yield [name, payloadOf(name, head, this.#table)];
      if (--left <= 0) return;
    }
  }

  *indexEntries(options: { readonly from?: Uint8Array; readonly limit?: number } = {}): Iterable<{
    readonly index: Uint8Array;
    readonly key: string;
  }> {
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    for (const entry of this.#table.index(options.from)) {
      yield { index: entry.index, key: fromUtf8.decode(entry.key) };
      if (--left <= 0) return;
    }
  }

  count(): number {
    return this.#table.count();
  }
}

/**
 * The payload for a look at its first bytes: a view where it lies in one piece, and its checksum is not asked. Only for
 * values that are written just now, or that are about to be replaced.
 */
export function payloadViewOf(key: string, head: Uint8Array, table: Pick<EnvelopeTable, "get">): Uint8Array {
  return piecesOf(key, head) === 1 ? envelopePart(head) : payloadOf(key, head, table);
}

export function payloadOf(key: string, head: Uint8Array, table: Pick<EnvelopeTable, "get">): Uint8Array {
  return decodeEnvelopes(key, head, (piece) => table.get(keyBytes(piece)));
}
