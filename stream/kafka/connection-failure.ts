/**
 * Why a connection could not be had, as one line that names what an operator has to look at. What waiting cannot mend is
 * `Refused`: a login, a certificate. All else is `Unavailable`, with a hint where the cause is likely.
 */
import { BrokerError } from "../broker.ts";
import type { Address, ConnectionSettings } from "./connection-settings.ts";
import { describeLogin } from "./login.ts";
import { Refused } from "./refusal.ts";

const LOGIN_ERRORS: ReadonlySet<unknown> = new Set(["SASL_AUTHENTICATION_FAILED", "ILLEGAL_SASL_STATE"]);
/** OpenSSL's names for a certificate of the other side that is not accepted. */
const CERTIFICATES: readonly (readonly [RegExp, (where: string, reason: string) => string])[] = [
  [/^CERT_HAS_EXPIRED$/, (where) => `the certificate of ${where} has expired: renew it on the broker`],
  [/^CERT_NOT_YET_VALID$/, (where) => `the certificate of ${where} is not valid yet: compare the clocks`],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$/,
    (where, reason) => `the certificate of ${where} is for another name: ${reason}`,
  ],
  [
    /SELF_SIGNED|^UNABLE_TO|CERT_UNTRUSTED|CERT_SIGNATURE|INVALID_CA/,
    (where, reason) =>
      `the certificate of ${where} is signed by nobody that is trusted here (${reason}): name its authority`,
  ],
  [/^CERT_|_CERT$/, (where, reason) => `the certificate of ${where} is not accepted: ${reason}`],
];

export function explainConnection(error: unknown, { host, port }: Address, settings: ConnectionSettings): BrokerError {
  if (error instanceof BrokerError && error.code === "Closed") return error;
  const where = `${host}:${port}`;
  const reason = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  const { login } = settings;
  if (login !== undefined && isLoginFailure(error)) {
    return new Refused(`Kafka at ${where} refused the login as ${describeLogin(login)}: ${reason}`, options);
  }
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  const certificate = CERTIFICATES.find(([pattern]) => pattern.test(code));
  if (certificate !== undefined) return new Refused(certificate[1](where, reason), options);
  if (/^ERR_SSL_.*ALERT/.test(code)) {
    return new Refused(`${where} did not accept our certificate, or asks for one: ${reason}`, options);
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER") {
    return new Refused(`${where} does not speak TLS: turn TLS off, or use the port for it`, options);
  }
  if (/^ERR_SSL_|^ERR_OSSL_|^ERR_TLS_/.test(code)) return new Refused(`TLS with ${where} failed: ${reason}`, options);
  return new BrokerError("Unavailable", `no connection to ${where}: ${reason}${hint(reason, settings)}`, options);
}

function isLoginFailure(error: unknown): boolean {
  if (error instanceof Refused) return true;
  const { name, type } = (error ?? {}) as { name?: unknown; type?: unknown };
  return name === "KafkaJSSASLAuthenticationError" || LOGIN_ERRORS.has(type) || type === "UNSUPPORTED_SASL_MECHANISM";
}

function hint(reason: string, { ssl, login }: ConnectionSettings): string {
  if (/before secure TLS/.test(reason)) return " (does that port speak TLS, and does it know our certificate?)";
  if (!/closed/i.test(reason)) return "";
  if (ssl === undefined || ssl === false) return " (does that port speak TLS?)";
  return login === undefined ? " (does that port ask for a login, or for a client certificate?)" : "";
}
