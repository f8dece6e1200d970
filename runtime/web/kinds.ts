/**
 * What bodies and `structuredClone` do with blobs and forms where a program has them: `blob.ts` and `form-data.ts` put
 * themselves here as they load, so that a program that names `Response` alone does not carry them.
 */

import type { MimeType } from "./mime-type.ts";

export interface BodyContent {
  readonly bytes: Uint8Array;
  /** What `Content-Type` is by default; `null`: none. */
  readonly type: string | null;
}

interface BlobKind {
  readonly is: (value: unknown) => value is object;
  readonly contentOf: (blob: object) => BodyContent;
  /** The bytes belong to the blob from now on: nobody changes them. */
  readonly make: (bytes: Uint8Array, type: string) => object;
  /** Another blob or file, as `structuredClone` makes it. */
  readonly copy: (blob: object) => object;
}

interface FormKind {
  readonly is: (value: unknown) => value is object;
  readonly contentOf: (form: object) => BodyContent;
  /** @throws TypeError for what is no form */
  readonly parse: (bytes: Uint8Array, type: MimeType | null) => object;
}

export const kinds: { blob: BlobKind | null; form: FormKind | null } = { blob: null, form: null };
