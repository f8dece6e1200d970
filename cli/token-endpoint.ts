/** Tokens for OAUTHBEARER by the client-credentials grant (RFC 6749 §4.4): fetched when needed, kept until shortly before they end. */
export interface TokenEndpoint {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: () => string;
  readonly scope?: string;
}

const TIMEOUT_MS = 10_000;
/** A token is used for this part of its life. */
const USED_PART = 0.8;

/** @returns a source of valid tokens; it throws an Error that names the endpoint and its answer. */
export function tokensFrom(endpoint: TokenEndpoint): () => Promise<string> {
  let kept: { readonly token: string; readonly untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && Date.now() < kept.untilMs) return kept.token;
    const { url, clientId, clientSecret, scope } = endpoint;
    const credentials = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret())}`);
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Basic ${credentials.toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", ...(scope === undefined ? {} : { scope }) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the token endpoint ${url} answered ${response.status}: ${text.slice(0, 200)}`);
    const { access_token: token, expires_in: seconds } = JSON.parse(text) as Record<string, unknown>;
    if (typeof token !== "string") throw new Error(`the token endpoint ${url} gave no access_token`);
    kept = { token, untilMs: Date.now() + (typeof seconds === "number" ? seconds * 1000 * USED_PART : 0) };
    return token;
  };
}
