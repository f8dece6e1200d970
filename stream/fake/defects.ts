/**
 * The known defects of Kafka clients, each as a switch: off, the adapter does what `stream/kafka` does; on, it does what
 * the stock client did. Tests switch one on and have the simulation find it. The numbers are those that `stream/kafka`
 * cites.
 */
export interface Defects {
  /** 1: the list of aborted transactions is taken as sorted by first offset. */
  readonly abortedUnsorted: boolean;
  /** 1: at most one aborted transaction is activated per batch. */
  readonly abortedOneByOne: boolean;
  /** 1: a user's record whose key is four zero bytes passes for an abort marker. */
  readonly abortMarkerByKey: boolean;
  /** 2: the position follows records, so a batch that compaction has emptied is never passed. */
  readonly positionByRecords: boolean;
  /** 3: a producer lives on after an error, with its sequence numbers rolled back. */
  readonly sequencesRolledBack: boolean;
  /** 4: a refusal with CONCURRENT_TRANSACTIONS is an error instead of a wait. */
  readonly concurrentIsError: boolean;
  /** 5: each connection wakes up every millisecond, for ever. */
  readonly idleTimer: boolean;
  /** 6: positions are marked when they are sent, not when they are committed, in a map that outlives the producer. */
  readonly positionsMarkedEarly: boolean;
  /** 7: retries have no bound, whatever the refusal. */
  readonly endlessRetries: boolean;
  /** 8: a retry chooses the partition anew. */
  readonly partitionOnRetry: boolean;
  /** 9: a fetch that holds nothing but markers and aborted records does not move the position. */
  readonly controlOnlyIgnored: boolean;
  /** 10: the next fetch of any partition waits until what was fetched before has been handled. */
  readonly fetchInLockstep: boolean;
  /** 11: without a committed position reading begins at the end. */
  readonly fromLatest: boolean;
  /** 12: the end is taken as told while a predecessor's transaction is open: it is fenced at the first commit only. */
  readonly fencedLate: boolean;
  /** 13: positions are forgotten at every rebalance, and reading begins at the start. */
  readonly positionsForgotten: boolean;
  /** 13: a position outside of the log is reset in silence. */
  readonly silentReset: boolean;
  /** 14: all records of one partition go into one batch, whatever its size. */
  readonly oneBatch: boolean;
  /** 14: a topic that is not there fails everything, without a type. */
  readonly missingTopicUntyped: boolean;
  /** 15: a fenced producer counts as the proof that another one owns the partition. */
  readonly fencedIsGone: boolean;
  /** 16: a session timeout below what the coordinator allows. */
  readonly sessionTooShort: boolean;
  /** 17: a producer whose commit failed stays in "committing", and is handed out again. */
  readonly stuckCommitting: boolean;
  /** 18: a request whose answer was lost, carried out late, is taken for one of the next transaction: both have one epoch. */
  readonly epochKeptInDoubt: boolean;
  /** A batch that was not answered is sent again under new sequence numbers, so that nobody knows it for the same. */
  readonly repeatedAnew: boolean;
  /** The brokers' own: they forget the sequence numbers of producers, and take a repeated batch for another one. */
  readonly sequencesForgotten: boolean;
}

export const NO_DEFECTS: Defects = {
  abortedUnsorted: false,
  abortedOneByOne: false,
  abortMarkerByKey: false,
  positionByRecords: false,
  sequencesRolledBack: false,
  concurrentIsError: false,
  idleTimer: false,
  positionsMarkedEarly: false,
  endlessRetries: false,
  partitionOnRetry: false,
  controlOnlyIgnored: false,
  fetchInLockstep: false,
  fromLatest: false,
  fencedLate: false,
  positionsForgotten: false,
  silentReset: false,
  oneBatch: false,
  missingTopicUntyped: false,
  fencedIsGone: false,
  sessionTooShort: false,
  stuckCommitting: false,
  epochKeptInDoubt: false,
  repeatedAnew: false,
  sequencesForgotten: false,
};
