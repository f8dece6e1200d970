/**
 * Who this client is: SASL PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER. The first three are kafkajs's; the last
 * is here, because kafkajs takes the server's refusal of a token for an answer and goes on unauthenticated.
 *
 * Secrets and tokens are asked for at each login, so that a rotated one is taken up without a restart.
 */
import type { SaslProvider } from "kafkajs/src/network/connection.js";
import { Refused } from "./refusal.ts";

export type SaslMechanism = "plain" | "scram-sha-256" | "scram-sha-512" | "oauthbearer";

export const SASL_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512", "oauthbearer"] as const;

export type KafkaLogin =
  | {
      readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
      readonly username: string;
      readonly password: string | (() => string | Promise<string>);
    }
  | {
      readonly mechanism: "oauthbearer";
      /** A token (compact JWT) that is valid now; called for each login. */
      readonly token: () => string | Promise<string>;
      /** Further SASL extensions (RFC 7628): a logical cluster, for instance. */
      readonly extensions?: Readonly<Record<string, string>>;
    };

/** SASL extensions, the end of the client's first message, and the client's word after a refusal. */
const SEPARATOR = "\u0001";

/** What kafkajs's connection takes. Made for each login: it keeps what it was given. */
export async function saslFor(login: KafkaLogin): Promise<object> {
  if (login.mechanism === "oauthbearer") {
    const { mechanism, extensions } = login;
    const token = await login.token();
    return { mechanism, authenticationProvider: bearer(token, extensions ?? {}) };
  }
  const { mechanism, username, password } = login;
  return { mechanism, username, password: typeof password === "string" ? password : await password() };
}

/** How the login is named in messages: never with its secret. */
export function describeLogin(login: KafkaLogin): string {
  const mechanism = login.mechanism.toUpperCase();
  return login.mechanism === "oauthbearer" ? `a token by ${mechanism}` : `"${login.username}" by ${mechanism}`;
}

function bearer(token: string, extensions: Readonly<Record<string, string>>): SaslProvider {
  return ({ saslAuthenticate }) => ({
    authenticate: async () => {
      const fields = [`auth=Bearer ${token}`, ...Object.entries(extensions).map(([name, value]) => `${name}=${value}`)];
      const hello = `n,,${SEPARATOR}${fields.map((field) => `${field}${SEPARATOR}`).join("")}${SEPARATOR}`;
      const reply = await saslAuthenticate({ request: bytes(hello), response: asText });
      if (reply === "") return;
      // A reply is a refusal: the server waits for one more word before it says so itself.
      await saslAuthenticate({ request: bytes(SEPARATOR), response: asText }).catch(() => {});
      throw new Refused(`the token was not accepted (${reply})`);
    },
  });
}

/** Bytes go behind their length. */
function bytes(text: string): { encode(): Promise<Buffer> } {
  const body = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return { encode: async () => Buffer.concat([length, body]) };
}

const asText = {
  decode: async (payload: Buffer): Promise<string> => payload.subarray(4).toString(),
  parse: async (text: unknown): Promise<string> => String(text),
};
