/** The engine's sort keys: ended threads by the time at which they may be dropped (milliseconds, u64 big endian). */
import { stateExpiresMs } from "#protocol";

export const terminalIndex = {
  of(value: Uint8Array): readonly Uint8Array[] {
    const expiresMs = stateExpiresMs(value);
    if (expiresMs === 0) return [];
    const index = new Uint8Array(8);
    new DataView(index.buffer).setBigUint64(0, BigInt(expiresMs));
    return [index];
  },

  timeOf(index: Uint8Array): number {
    return Number(new DataView(index.buffer, index.byteOffset, index.byteLength).getBigUint64(0));
  },
};
