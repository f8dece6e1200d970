/**
 * The parts of kafkajs 2.2.4 that the adapter builds on: its connection (framing, correlation, TLS, SASL) and its
 * request codecs. The package has no `exports` field and no types for these, and its version is pinned.
 */
declare module "kafkajs/src/network/connection.js" {
  interface Protocol {
    readonly request: {
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly apiName: string;
      encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
      expectResponse?(): boolean;
    };
    readonly response: {
      decode(payload: Buffer): Promise<unknown>;
      parse(decoded: unknown): Promise<unknown>;
    };
    readonly requestTimeout?: number | null;
    readonly logResponseError?: boolean;
  }

  interface RequestQueue {
    readonly pending: readonly unknown[];
    throttledUntil: number;
    scheduleCheckPendingRequests(): void;
    rejectAll(error: Error): void;
    destroy(): void;
    push: (request: { readonly entry: { reject(error: Error): void } }) => void;
  }

  type ApiVersions = Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;

  /** One exchange of the login; `encode` gives length and bytes, `decode` gets the same. */
  type SaslExchange = (message: {
    readonly request: { encode(): Promise<Buffer> };
    readonly response: { decode(payload: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<string> };
  }) => Promise<string>;

  type SaslProvider = (options: { readonly saslAuthenticate: SaslExchange }) => { authenticate(): Promise<void> };

  export default class Connection {
    constructor(options: {
      readonly host: string;
      readonly port: number;
      readonly clientId: string;
      readonly ssl: object | null;
      readonly sasl: { readonly mechanism: string } | null;
      readonly logger: unknown;
      readonly socketFactory: (options: {
        host: string;
        port: number;
        ssl: object | null;
        onConnect: () => void;
      }) => import("node:net").Socket;
      readonly connectionTimeout: number;
      readonly requestTimeout: number;
      readonly maxInFlightRequests: number | null;
    });
    readonly requestQueue: RequestQueue;
    readonly socket: import("node:net").Socket | undefined;
    connectionStatus: string;
    sasl: object | null;
    /** Milliseconds before the end of the session at which a new login is due. */
    reauthenticationThreshold: number;
    /** In milliseconds; 0 for ever. */
    readonly sessionLifetime: { toNumber(): number };
    isAuthenticated(): boolean;
    connect(): Promise<boolean>;
    disconnect(): Promise<boolean>;
    isConnected(): boolean;
    authenticate(): Promise<void>;
    setVersions(versions: ApiVersions): void;
    setSupportAuthenticationProtocol(supported: boolean): void;
    send(protocol: Protocol): Promise<unknown>;
  }
}

declare module "kafkajs/src/protocol/requests/index.js" {
  import type { ApiVersions, Protocol } from "kafkajs/src/network/connection.js";

  interface Definition {
    readonly versions: readonly string[];
  }
  interface Requests {
    readonly requests: Readonly<Record<string, Definition>>;
    lookup(versions: ApiVersions): (apiKey: number, definition: Definition) => (args: object) => Protocol;
  }
  const value: Requests;
  export default value;
}

declare module "kafkajs/src/protocol/requests/apiKeys.js" {
  const value: Readonly<Record<string, number>>;
  export default value;
}

declare module "kafkajs/src/network/connectionStatus.js" {
  const value: { readonly CONNECTION_STATUS: Readonly<Record<string, string>> };
  export default value;
}

declare module "kafkajs/src/consumer/assignerProtocol.js" {
  interface AssignerProtocol {
    readonly MemberMetadata: {
      encode(metadata: { version: number; topics: readonly string[]; userData: Buffer }): Buffer;
      decode(buffer: Buffer): { version: number; topics: string[]; userData: Buffer | null };
    };
    readonly MemberAssignment: {
      encode(value: { version: number; assignment: Record<string, readonly number[]>; userData?: Buffer }): Buffer;
      decode(buffer: Buffer): { assignment: Record<string, number[]> } | null;
    };
  }
  const value: AssignerProtocol;
  export default value;
}

declare module "kafkajs/src/network/requestQueue/index.js" {
  import type { RequestQueue as Queue } from "kafkajs/src/network/connection.js";
  export default class RequestQueue implements Queue {
    constructor(options: object);
    readonly pending: readonly unknown[];
    throttledUntil: number;
    scheduleCheckPendingRequests(): void;
    checkPendingRequests(): void;
    maybeThrottle(ms: number): void;
    push(request: object): void;
    fulfillRequest(answer: { correlationId: number; payload: Buffer; size: number }): void;
    rejectAll(error: Error): void;
    destroy(): void;
  }
}

declare module "kafkajs/src/protocol/recordBatch/crc32C/index.js" {
  const crc32C: (bytes: Buffer) => number;
  export default crc32C;
}
