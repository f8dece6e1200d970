/**
 * The bridge into a context: a few lines of guest code between the host's calls and the guest's kernel.
 *
 * Why it is guest code: isolated-vm converts a thrown value to a host error *after* the timeout has ended, and reads its
 * `message` and `stack` for that; a thrown proxy would hang the process there. So nothing may be thrown across: every call
 * is caught inside, under the timeout, and gives primitives or one ArrayBuffer. Nothing of the host goes in but
 * primitives and a copied ArrayBuffer (I5).
 *
 * Several steps may go in one call (`steps`), for programs in shared mode, whose intrinsics are frozen: requests and results
 * each behind their length (u32, little-endian). It ends behind a result that asks for private mode, since that step may
 * have touched what the next ones share, and behind so many bytes.
 *
 * Of the ways to carry one buffer in and one out (copied, transferred, strings, shared memory), copying both ways is the
 * fastest or equal up to 80 KB, and leaves no memory that two sides can write.
 */

/** Evaluated with the kernel's global lexical scope empty: its value is a function of the kernel. */
export const BRIDGE_SCRIPT = `(function (kernel) {
  "use strict";
  const text = String;
  const Bytes = Uint8Array;
  const Memory = ArrayBuffer;
  const { apply } = Reflect;
  const { slice } = Memory.prototype;
  const { set } = Bytes.prototype;
  const lengthOf = Object.getOwnPropertyDescriptor(Memory.prototype, "byteLength").get;
  const ADVANCED = 1;
  const PRIVATE = 1;
  const RESULTS_BYTES = 1048576;
  const FIRST_BYTES = 32768;
  function runAll(requests) {
    const input = new Bytes(requests);
    const end = apply(lengthOf, requests, []);
    let capacity = FIRST_BYTES;
    let memory = new Memory(capacity);
    let output = new Bytes(memory);
    let size = 0;
    for (let at = 0; at < end && size < RESULTS_BYTES;) {
      const count = input[at] + input[at + 1] * 256 + input[at + 2] * 65536 + input[at + 3] * 16777216;
      const result = kernel.step(apply(slice, requests, [at + 4, at + 4 + count]));
      at += 4 + count;
      const bytes = new Bytes(result);
      const length = apply(lengthOf, result, []);
      if (size + 4 + length > capacity) {
        capacity = 2 * (size + 4 + length);
        const larger = new Memory(capacity);
        const copy = new Bytes(larger);
        apply(set, copy, [output]);
        memory = larger;
        output = copy;
      }
      output[size] = length % 256;
      output[size + 1] = (length >>> 8) % 256;
      output[size + 2] = (length >>> 16) % 256;
      output[size + 3] = length >>> 24;
      apply(set, output, [bytes, size + 4]);
      size += 4 + length;
      if (bytes[1] === ADVANCED && (bytes[3] & PRIVATE) !== 0) break;
    }
    return apply(slice, memory, [0, size]);
  }
  function failure(error) {
    try { return text(error); } catch { return "a value that cannot be shown"; }
  }
  let loadStack = "";
  function loadFailure(error) {
    try { loadStack = kernel.loadStack(error); } catch { loadStack = ""; }
    return failure(error);
  }
  return {
    useCompiler(compile) { kernel.useCompiler(compile); },
    useDebug(read) { kernel.useDebug(read); },
    load(program, tables, isPrivate) {
      try { kernel.load(program, tables, isPrivate); return undefined; } catch (error) { return loadFailure(error); }
    },
    step(request) {
      try { return kernel.step(request); } catch (error) { return failure(error); }
    },
    steps(requests) {
      try { return runAll(requests); } catch (error) { return failure(error); }
    },
    forget(threadId) {
      try { kernel.forget(threadId); return undefined; } catch (error) { return failure(error); }
    },
    loadStack() { return loadStack; },
    imageNames(indexes) {
      try { return kernel.imageNames(indexes); } catch { return "[]"; }
    },
  };
})`;
