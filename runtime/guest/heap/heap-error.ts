/**
 * Errors of the codec. They never reach a script: the kernel turns them into a faulted step (I4). The class does not extend
 * the context's Error, so that nothing a script did to Error or to its prototype can be seen or run here (I5).
 */
export type HeapErrorCode = "UnserializableValue" | "CorruptState" | "UnknownFormatVersion" | "ProgramMismatch";

export class HeapError {
  readonly code: HeapErrorCode;
  readonly message: string;

  constructor(code: HeapErrorCode, message: string) {
    this.code = code;
    this.message = message;
  }
}

/** @throws HeapError always */
export function corrupt(what: string): never {
  throw new HeapError("CorruptState", `The heap does not fit its grammar: ${what}.`);
}

/** @throws HeapError always; the encoder adds the path. */
export function unserializable(what: string): never {
  throw new HeapError("UnserializableValue", what);
}
