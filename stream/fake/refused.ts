/** What a broker of the model answers instead of a result, and what a client sees when no answer comes. */
import { BrokerError } from "../broker.ts";

export type RefusalCode =
  | "concurrentTransactions"
  | "invalidEpoch"
  | "invalidTransactionState"
  | "invalidSessionTimeout"
  | "memberIdRequired"
  | "messageTooLarge"
  | "notAuthorized"
  | "offsetOutOfRange"
  | "outOfOrderSequence"
  | "rebalanceInProgress"
  | "unknownMember"
  | "unknownTopic"
  /** The connection broke or the time was up: whether the request was carried out is not known. */
  | "disconnected";

export class Refused extends Error {
  readonly code: RefusalCode;
  readonly topic: string | undefined;

  constructor(code: RefusalCode, topic?: string) {
    super(topic === undefined ? code : `${code} (${topic})`);
    this.name = "Refused";
    this.code = code;
    this.topic = topic;
  }

  get isPassing(): boolean {
    return this.code === "disconnected" || this.code === "concurrentTransactions";
  }
}

/** As the seam has it. */
export function toBrokerError(error: unknown, doing: string): BrokerError {
  if (error instanceof BrokerError) return error;
  if (!(error instanceof Refused)) throw error;
  const options = { cause: error, ...(error.topic === undefined ? {} : { topic: error.topic }) };
  const message = `${doing}: ${error.message}`;
  switch (error.code) {
    case "invalidEpoch":
      return new BrokerError("Fenced", message, options);
    case "messageTooLarge":
    case "notAuthorized":
      return new BrokerError("RecordRejected", message, options);
    case "offsetOutOfRange":
      return new BrokerError("OffsetOutOfRange", message, options);
    case "unknownTopic":
      return new BrokerError("UnknownTopic", message, options);
    default:
      return new BrokerError("Unavailable", message, options);
  }
}
