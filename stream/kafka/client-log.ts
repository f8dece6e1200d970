/**
 * Where the client's log goes, and what of it is worth a line.
 *
 * kafkajs reports every refused request and every lost connection as an ERROR. Both are routine here: each refusal is
 * answered by the code that sent the request, each lost connection by a new one, and what cannot be mended reaches the
 * caller as a `BrokerError`. So all that the connection layer says goes to `debug`.
 */

/** Where the adapter tells what an operator may want to know. */
export interface KafkaLog {
  debug(message: string, details?: object): void;
  warn(message: string, details?: object): void;
}

export const SILENT: KafkaLog = { debug: () => {}, warn: () => {} };

interface ClientLogger {
  namespace(name: string): ClientLogger;
  debug(message: string, details?: object): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

/** Called for each request and each answer, with their data: not even formatted. */
const PER_REQUEST = /^(Request|Response|Consumed pending request|Waiting for pending)/;

/** A logger of the shape that kafkajs wants. */
export function clientLogger(log: KafkaLog): ClientLogger {
  const routine = (message: string, details?: object): void => {
    if (!PER_REQUEST.test(message)) log.debug(`kafka client: ${message}`, details);
  };
  const logger: ClientLogger = {
    namespace: () => logger,
    debug: () => {},
    info: routine,
    warn: routine,
    error: routine,
  };
  return logger;
}
