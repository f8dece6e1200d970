/** Failures grouped by what they say, the most frequent first. */
export interface Failure {
  readonly id: string;
  readonly verdict: string;
}

export interface Cause {
  readonly cause: string;
  readonly count: number;
  readonly examples: readonly string[];
}

/** Names, numbers and quoted text differ between failures of one cause. */
function causeOf(verdict: string): string {
  return verdict
    .replace(/«[^»]*»/g, "«…»")
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, "…")
    .replace(/\d+/g, "0")
    .replace(/^(\w+: )?[^:]*\.js:/, "$1")
    .slice(0, 120);
}

export function causesOf(failures: readonly Failure[]): Cause[] {
  const groups = new Map<string, string[]>();
  for (const { id, verdict } of failures) {
    const cause = causeOf(verdict);
    const ids = groups.get(cause) ?? [];
    groups.set(cause, ids);
    ids.push(id);
  }
  return [...groups]
    .map(([cause, examples]) => ({ cause, count: examples.length, examples }))
    .sort((a, b) => b.count - a.count);
}

export function failuresText(failures: readonly Failure[]): string {
  const verdicts = new Map(failures.map(({ id, verdict }) => [id, verdict]));
  const lines: string[] = [];
  for (const { cause, count, examples } of causesOf(failures)) {
    lines.push(`## ${count} × ${cause}`, ...examples.map((id) => `${id}\t${verdicts.get(id)}`), "");
  }
  return lines.join("\n");
}
