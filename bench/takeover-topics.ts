/** Names of the takeover benchmark's topics, behind a prefix. */
export const TAKEOVER_TOPICS = { input: "takeover-in", changelog: "takeover-changelog" } as const;
