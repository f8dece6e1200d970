/**
 * What a benchmark prints: a small table of medians beside what they are compared with, and what it does not measure.
 * Nothing here judges a figure: machines differ, and no time is ever asserted.
 */

export interface Row {
  readonly name: string;
  /** One value a round. */
  readonly rounds: readonly number[];
}

export interface Table {
  readonly title: string;
  /** Of all values; `B`, `µs`, `ms`, `steps/s`. */
  readonly unit: string;
  /** Name of the row that the last column is relative to. */
  readonly reference: string;
  readonly rows: readonly Row[];
  readonly doesNotMeasure: string;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which `share` (0 to 1) of the values lie, between two neighbours in proportion. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("no values were measured");
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at));
}

export function formatTable(table: Table): string {
  const reference = table.rows.find((row) => row.name === table.reference);
  if (reference === undefined) throw new RangeError(`table "${table.title}" has no row "${table.reference}"`);
  const base = median(reference.rounds);
  const cells = table.rows.map(({ name, rounds }) => [
    name,
    `${digits(median(rounds))} ${table.unit}`,
    rounds.length < 2 ? "" : `${digits(Math.min(...rounds))}–${digits(Math.max(...rounds))}`,
    `× ${digits(median(rounds) / base)}`,
  ]);
  const lines = [[table.title, "median", "min–max", "ratio"], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = lines.map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  "),
  );
  return [...text, `ratio: to "${table.reference}". Not measured: ${table.doesNotMeasure}`, ""].join("\n");
}

/** Three significant digits; more than that is noise. */
function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}
