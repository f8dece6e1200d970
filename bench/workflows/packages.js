// Half a megabyte of packages, for `npm run bench -- compile`.
import { DateTime } from "luxon";
import semver from "semver";
import * as v from "valibot";

const Order = v.object({ at: v.string(), version: v.string() });

export async function main(input) {
  const { at, version } = v.parse(Order, input);
  return `${DateTime.fromISO(at, { zone: "utc" }).plus({ days: 1 }).toISO()} ${semver.inc(version, "minor")}`;
}
