/**
 * What the runtime gives the modules of this folder (`runtime/guest/web-host.ts`). The compiler binds imports of this file to
 * `$k.host`; no other module can name it.
 */

/** Random bytes of the step's seed. */
export declare function fillRandom(bytes: Uint8Array): void;
/** "Array", "Map", "Error", "Proxy", "function", …: "object" for one without a brand. */
export declare function kindOf(value: object): string;
/** "Uint8Array" and so on; `undefined` for anything but a typed array. */
export declare function typedArrayTag(value: object): string | undefined;
/** False while modules load. */
export declare function hasThread(): boolean;
/** The step's time, in milliseconds since the epoch. */
export declare function nowMs(): number;
export declare function log(level: "debug" | "info" | "warn" | "error", text: string): void;
/** A value as `console` shows it: strings as they are. */
export declare function inspect(value: unknown): string;
export declare function quote(text: string): string;
/** Whether the workflow has named a topic for its requests. */
export declare function canRequest(): boolean;
/** A suspension that the answer of a request resumes. */
export declare function suspendRequest(): PromiseLike<unknown> & { readonly id: string };
/** Writes a record to the topic of requests. */
export declare function sendRequest(request: object): void;
/** Gives up a suspension that is still pending: no record resumes it any more. */
export declare function rejectSuspension(suspension: object, reason: unknown): void;
/** Whether an error is a cancelation (`W.cancel`). */
export declare function isCancelation(error: unknown): boolean;
/** An error of Kawait's table. */
export declare function namedError(code: string, message: string): Error;
