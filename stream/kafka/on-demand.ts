/**
 * The adapter, loaded when the first broker is made: a process on the embedded broker has no need of it, nor of the client
 * behind it, and starts sooner without.
 */
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Adapter from "./kafka-broker.ts";

/** Beside this file, whose ending it has. */
const ADAPTER = `./kafka-broker${extname(fileURLToPath(import.meta.url))}`;

/** See `kafka-broker.ts`. */
export const createKafkaBroker: typeof Adapter.createKafkaBroker = (options) => {
  const { createKafkaBroker: create } = createRequire(import.meta.url)(ADAPTER) as typeof Adapter;
  return create(options);
};
