/**
 * One connection to one broker node: kafkajs's connection (framing, correlation, TLS, SASL) with its defects mended.
 *
 * A broker answers the requests of a connection one after another, so whoever may wait there (a fetch, a join) has a
 * connection of its own. A connection that failed once is closed for good: its owner opens another.
 */

import { connect as connectPlain, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ApiVersions, Protocol, RequestQueue } from "kafkajs/src/network/connection.js";
import KafkaConnection from "kafkajs/src/network/connection.js";
import apiKeys from "kafkajs/src/protocol/requests/apiKeys.js";
import codecs from "kafkajs/src/protocol/requests/index.js";
import { BrokerError } from "../broker.ts";
import { clientLogger } from "./client-log.ts";
import { explainConnection } from "./connection-failure.ts";
import type { Address, ConnectionSettings } from "./connection-settings.ts";
import { type KafkaLogin, saslFor } from "./login.ts";
import { Reader } from "./wire/reader.ts";
import type { Writer } from "./wire/writer.ts";

const CONNECT_TIMEOUT_MS = 3000;
const KEEP_ALIVE_MS = 60_000;
/** A new login is made when this part of a session's lifetime is left (`connections.max.reauth.ms`, or a token's end). */
const RELOGIN_PART = 0.2;
/** What is worth a line: a client that is held back this long by a quota. */
const THROTTLE_TOLD_MS = 1_000;
/** Produce requests of one producer stay in order up to this many on the way. */
const IN_FLIGHT_MAX = 5;

/** A request in the adapter's own codec. */
export interface OwnRequest<T> {
  readonly api: string;
  readonly version: number;
  encode(): Writer;
  decode(reader: Reader): T;
  /** How long the broker may hold the request back, in milliseconds; on top of the connection's own timeout. */
  readonly waitMs?: number;
  /** Where the answer tells how long the client's quota is used up; 0 where it says nothing of it. */
  readonly throttle: "first" | "last" | "none";
}

/**
 * Defect 5: every queue re-arms a timer of (a negative time, so) 1 ms for ever. A timer is needed only where something
 * waits in the queue: for the broker's throttling; everything else is sent on when an answer comes.
 */
export function mendIdleTimer(queue: RequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue);
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0 && queue.throttledUntil > Date.now()) schedule();
  };
}

export class NodeConnection {
  readonly address: Address;
  readonly #connection: KafkaConnection;
  readonly #settings: ConnectionSettings;
  readonly #requestTimeoutMs: number;
  #versions: ApiVersions = {};
  #loggingIn: Promise<void> | undefined;
  #open = true;

  private constructor(
    address: Address,
    connection: KafkaConnection,
    settings: ConnectionSettings,
    requestTimeoutMs: number,
  ) {
    this.address = address;
    this.#connection = connection;
    this.#settings = settings;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  /** @throws BrokerError `Unavailable` when the node does not answer; `Refused` when login or certificate are wrong. */
  static async open(
    settings: ConnectionSettings,
    address: Address,
    options: { readonly requestTimeoutMs: number },
  ): Promise<NodeConnection> {
    const connection = new KafkaConnection({
      host: address.host,
      port: address.port,
      clientId: settings.clientId,
      ssl: settings.ssl === true ? {} : settings.ssl === false ? null : (settings.ssl ?? null),
      sasl: settings.login === undefined ? null : { mechanism: settings.login.mechanism },
      logger: clientLogger(settings.log),
      socketFactory: ({ host, port, ssl, onConnect }) => {
        const socket =
          ssl === null
            ? connectPlain({ host, port }, onConnect)
            : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect);
        socket.setNoDelay(true);
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        return socket;
      },
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: options.requestTimeoutMs,
      maxInFlightRequests: IN_FLIGHT_MAX,
    });
    mendIdleTimer(connection.requestQueue);
    const opened = new NodeConnection(address, connection, settings, options.requestTimeoutMs);
    try {
      await within(connection.connect(), CONNECT_TIMEOUT_MS);
      await opened.#introduce();
      await opened.#login();
      return opened;
    } catch (error) {
      opened.close();
      throw explainConnection(error, address, settings);
    }
  }

  /** Says who we are; again when the session is near its end. What else is to be sent waits for it. */
  async #login(): Promise<void> {
    const { login } = this.#settings;
    if (login === undefined || this.#connection.isAuthenticated()) return;
    this.#loggingIn ??= this.#logInNow(login).finally(() => {
      this.#loggingIn = undefined;
    });
    await this.#loggingIn;
  }

  async #logInNow(login: KafkaLogin): Promise<void> {
    this.#connection.sasl = await saslFor(login);
    await this.#connection.authenticate();
    const lifetimeMs = this.#connection.sessionLifetime.toNumber();
    this.#connection.reauthenticationThreshold = Math.floor(lifetimeMs * RELOGIN_PART);
  }

  async #introduce(): Promise<void> {
    const plain = codecs.lookup({ [apiKeys.ApiVersions!]: { minVersion: 0, maxVersion: 2 } });
    const answer = await this.#send(plain(apiKeys.ApiVersions!, codecs.requests.ApiVersions!)({}));
    const { apiVersions } = answer as { apiVersions: { apiKey: number; minVersion: number; maxVersion: number }[] };
    this.#versions = Object.fromEntries(apiVersions.map((range) => [range.apiKey, range]));
    this.#connection.setVersions(this.#versions);
    this.#connection.setSupportAuthenticationProtocol(this.maxVersion("SaslAuthenticate") >= 0);
  }

  /** The newest version of an API that this node speaks; -1 where it does not. */
  maxVersion(api: string): number {
    return this.#versions[apiKeys[api]!]?.maxVersion ?? -1;
  }

  get usable(): boolean {
    return this.#open && this.#connection.isConnected();
  }

  async #send(protocol: Protocol): Promise<unknown> {
    try {
      // Errors in answers are for the callers, who know which are routine: nothing is parsed or logged here.
      return await this.#connection.send({
        ...protocol,
        response: { decode: (payload) => protocol.response.decode(payload), parse: async (decoded) => decoded },
        logResponseError: false,
      });
    } catch (error) {
      // A timeout leaves the order of what follows in doubt, a lost connection speaks for itself.
      this.close();
      throw error;
    }
  }

  /** Sends a request in kafkajs's codec, in the newest version that both sides know. */
  async send<T>(api: string, args: object): Promise<T> {
    const definition = codecs.requests[api];
    const key = apiKeys[api];
    if (definition === undefined || key === undefined) throw new Error(`kafkajs has no codec for ${api}`);
    await this.#relogin();
    return (await this.#send(codecs.lookup(this.#versions)(key, definition)(args))) as T;
  }

  /** Sends a request in the adapter's own codec. */
  async request<T>(request: OwnRequest<T>): Promise<T> {
    const key = apiKeys[request.api]!;
    if (this.maxVersion(request.api) < request.version) {
      throw new BrokerError(
        "Unavailable",
        `the broker does not speak ${request.api} v${request.version}: Kafka 2.5 or newer is needed`,
      );
    }
    await this.#relogin();
    const answer = await this.#send({
      request: {
        apiKey: key,
        apiVersion: request.version,
        apiName: request.api,
        encode: async () => request.encode(),
      },
      response: {
        // Decoded behind the connection, on which a refusal must leave no mark.
        decode: async (payload) => ({ payload, clientSideThrottleTime: this.#throttled(payload, request) }),
        parse: async (decoded) => decoded,
      },
      requestTimeout: this.#requestTimeoutMs + (request.waitMs ?? 0),
    });
    return request.decode(new Reader((answer as { payload: Buffer }).payload));
  }

  async #relogin(): Promise<void> {
    try {
      await this.#login();
    } catch (error) {
      this.close();
      throw explainConnection(error, this.address, this.#settings);
    }
  }

  /** A quota of the cluster (bytes or requests a second) is used up: what comes next waits in the queue for so long. */
  #throttled(payload: Buffer, { throttle, api }: OwnRequest<unknown>): number {
    if (throttle === "none" || payload.length < 4) return 0;
    const waitMs = payload.readInt32BE(throttle === "first" ? 0 : payload.length - 4);
    if (waitMs >= THROTTLE_TOLD_MS) {
      const { clientId, log } = this.#settings;
      log.warn(`Kafka's quota of client ${clientId} is used up: ${api} waits ${waitMs} ms`);
    }
    const { quota } = this.#settings;
    if (quota !== undefined && waitMs > 0) quota.waitedMs += waitMs;
    return Math.max(0, waitMs);
  }

  /** At once: what waits for an answer is rejected. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const closed = new BrokerError("Unavailable", "the connection was closed");
    const { requestQueue } = this.#connection;
    requestQueue.rejectAll(closed);
    // A request that is still being encoded comes behind `rejectAll`, when nothing is left that would answer or time it out.
    requestQueue.push = ({ entry }) => entry.reject(closed);
    requestQueue.destroy();
    this.#connection.socket?.destroy();
    this.#connection.disconnect().catch(() => {});
  }
}

/** kafkajs forgets to answer when the other side hangs up before the connection stands. */
async function within(connecting: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BrokerError("Unavailable", "connection timeout")), timeoutMs);
  });
  await Promise.race([connecting, expired]).finally(() => clearTimeout(timer));
}
