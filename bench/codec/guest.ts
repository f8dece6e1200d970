/**
 * The guest's runtime with its parts laid open, so that they can be measured apart: what decodes, runs and encodes a step,
 * without the reading of the request and the writing of the result around it. Evaluated in a context instead of the prelude.
 */
import { decodeStepRequest, type StepRequest } from "#protocol";
import kernel from "../../runtime/guest/index.ts";
import { run } from "../../runtime/guest/kernel/index.ts";
import { decodeThread, encodeThread } from "../../runtime/guest/kernel/saving.ts";
import type { Thread } from "../../runtime/guest/records.ts";

const waves: StepRequest[][] = [];

function heapsOf(wave: number): readonly Uint8Array[] {
  return waves[wave]!.map((request) => request.heap!);
}

export default {
  load: kernel.load,
  /** Reads the requests of a wave once; gives its number. */
  prepare(requests: readonly ArrayBuffer[]): number {
    waves.push(requests.map((bytes) => decodeStepRequest(new Uint8Array(bytes), bytes.byteLength)));
    return waves.length - 1;
  },
  /** Decodes, resumes and encodes each thread of a wave; gives the bytes of all heaps. Nothing stays decoded. */
  steps(wave: number): number {
    let bytes = 0;
    const requests = waves[wave]!;
    for (let i = 0; i < requests.length; i++) {
      bytes += run(requests[i]!).saved.length;
      kernel.forget(requests[i]!.threadId);
    }
    return bytes;
  },
  /** Only decodes. */
  decode(wave: number): number {
    const heaps = heapsOf(wave);
    let threads = 0;
    for (let i = 0; i < heaps.length; i++) if ((decodeThread(heaps[i]!) as Thread).main !== undefined) threads++;
    return threads;
  },
  /** Decodes and encodes; gives the bytes of all heaps. */
  codec(wave: number): number {
    let bytes = 0;
    const heaps = heapsOf(wave);
    for (let i = 0; i < heaps.length; i++) bytes += encodeThread(decodeThread(heaps[i]!), false).length;
    return bytes;
  },
};
