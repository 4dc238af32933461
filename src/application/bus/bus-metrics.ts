/** How long something took, in milliseconds. Quantiles are upper bounds, within a fifth. */
export interface LatencySummary {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Counters since the bus was made, and how it stands now. */
export interface BusMetrics {
  readonly published: number;
  /** Events that handlers were given, each counted once, however often it was tried. */
  readonly delivered: number;
  /** Tries that failed. */
  readonly failed: number;
  /** Tries after the first. */
  readonly retried: number;
  /** Events that a full queue left out. */
  readonly dropped: number;
  readonly deadLettered: number;
  /** Dead letters that could not be stored: the failure is in the log, the event can't be sent again. */
  readonly unparked: number;
  /** Handlers whose target was garbage collected. */
  readonly collected: number;
  /** Subscriptions there are. */
  readonly subscriptions: number;
  /** Events that wait in queues. */
  readonly queueDepth: number;
  /** Handlers that have not settled. */
  readonly running: number;
  /** How long events waited in queues. */
  readonly waiting: LatencySummary;
  /** How long handlers took; of those in `sync` mode, one event in 64 is measured. */
  readonly handling: LatencySummary;
}

/** One step in the life of an event on the bus, as a tap sees it. */
export interface BusTrace {
  readonly step:
    | 'published'
    | 'queued'
    | 'handled'
    | 'failed'
    | 'retried'
    | 'dropped'
    | 'cancelled'
    | 'dead-lettered'
    | 'subscribed'
    | 'unsubscribed';
  /** The event's number on the bus. */
  readonly sequence?: number;
  readonly eventId?: string;
  readonly eventType?: string;
  /** The name of the handler. */
  readonly handler?: string;
  /** The topic of a subscription, in words. */
  readonly topic?: string;
  readonly attempt?: number;
  readonly durationMs?: number;
  /** What a handler failed with. */
  readonly error?: unknown;
}
