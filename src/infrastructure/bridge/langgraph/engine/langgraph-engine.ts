import type { ThreadEngine } from '../../../../application/execution/thread/thread-engine.port.js';
import type { ThreadRecord } from '../../../../application/checkpoint/thread/thread-record.js';
import type { ThreadVersion } from '../../../../application/checkpoint/thread/thread-snapshot.js';
import { InvalidArgumentError, WaymarkError } from '../../../../domain/shared/errors.js';
import { isJsonObject, setOwn } from '../../../../domain/shared/json.js';
import { checkpointName } from './checkpoint-name.js';
import { KeptObject, keptObjects } from './kept-object.js';
import { mergeChannel } from './merge-channel.js';

/** What LangGraph says of a checkpoint beside its channels, as the saver stores it. */
interface Details {
  readonly ts: string;
  /** `versions_seen` */
  readonly s: Seen;
  /** The metadata, where it is not in a format of the host's own. */
  readonly m: unknown;
}

type Seen = Readonly<Record<string, Readonly<Record<string, ThreadVersion>>>>;

interface Metadata {
  readonly source?: string;
  readonly step?: number;
  readonly parents?: Readonly<Record<string, unknown>>;
  /** For each delta channel, how long it has not been stored whole. */
  readonly counters_since_delta_snapshot?: Readonly<Record<string, unknown>>;
}

/** Channels that say what runs next, and are no state. */
const CONTROL = /^(?:branch:|join:|__pregel)/;

/** LangGraph.js, as far as its checkpoints tell of it. It needs none of its packages. */
export const langGraphEngine: ThreadEngine = {
  name: 'langgraph',
  values: keptObjects,
  nextName: checkpointName,

  copied: (record, at) => {
    const metadata = metadataOf(record);
    // In a host's own format it can't be changed, and stays as it is.
    return metadata === undefined ? record : withMetadata(record, { ...byHand('fork', metadata) }, at);
  },

  edited: (record, patch, valueOf, at) => {
    const metadata = metadataOf(record);
    if (metadata === undefined) throw ownFormat();
    const values = new Map<string, unknown>();
    for (const [channel, change] of Object.entries(patch)) {
      if (CONTROL.test(channel)) throw noState(channel);
      const before = valueOf.get(channel);
      if (before instanceof KeptObject && before.name === 'langgraph/typed-bytes') throw ownFormat();
      const isDelta = Object.hasOwn(metadata.counters_since_delta_snapshot ?? {}, channel);
      if (isDelta && before === undefined && isJsonObject(change)) throw untold(channel);
      if (change !== null && change !== undefined) values.set(channel, mergeChannel(whole(before), change));
    }
    return { record: editedRecord(record, metadata, Object.keys(patch), at), values };
  },

  outerOf: (record) => {
    const outer = metadataOf(record)?.parents?.[''];
    return typeof outer === 'string' ? outer : undefined;
  },

  isMadeByHand: (record) => ['update', 'fork'].includes(metadataOf(record)?.source ?? ''),
  isOfOneCall: (namespace) => namespace.includes(':'),
  meaningOf: (channel) => MEANINGS.get(channel),
  isOwnNode: (nodeId) => nodeId === '__start__' || nodeId === '__end__',
  insteadOf: (verb) => INSTEAD[verb],
};

const MEANINGS: ReadonlyMap<string, 'waits' | 'failed'> = new Map([
  ['__interrupt__', 'waits'],
  ['__error__', 'failed'],
]);

const INSTEAD = {
  resume:
    'Let its graph go on: graph.invoke(null, { configurable: { thread_id } }), or new Command({ resume }) to answer it.',
  pause: 'Give its graph interruptBefore, or abort the signal that it was called with.',
  step: 'Step through its graph: observe(graph, waymark).step({ configurable: { thread_id } }).',
  setBreakpoints: 'Give its graph breakpoints: observe(graph, waymark, { breakpoints }).',
  previewRollback:
    'Look at its checkpoints, and at what differs: waymark checkpoints and waymark diff. It has no files.',
  cancel: 'Abort the signal that its graph was called with.',
  restart: 'Call its graph with the original input and another thread_id.',
  retryNode: 'Let its graph go on: graph.invoke(null, { configurable: { thread_id } }) runs what failed again.',
  skipNode: 'Say what the node returned: graph.updateState(config, values, node).',
  modifyState:
    'Roll back to its newest checkpoint with a patch of the state, or use graph.updateState(config, values).',
  label: 'Name a checkpoint of it instead: waymark checkpoints label.',
} as const;

function metadataOf({ d }: ThreadRecord): Metadata | undefined {
  const { m } = (d ?? {}) as Partial<Details>;
  return typeof m === 'object' && m !== null && !Array.isArray(m) && !(m instanceof KeptObject) ? m : undefined;
}

/** As LangGraph's own `updateState` makes it, with what it has to know of delta channels. */
function byHand(source: 'fork' | 'update', metadata: Metadata): Metadata {
  const { step = -1, parents = {}, counters_since_delta_snapshot: counters } = metadata;
  return {
    source,
    step: step + 1,
    parents,
    ...(counters === undefined ? {} : { counters_since_delta_snapshot: counters }),
  };
}

function withMetadata(record: ThreadRecord, m: Metadata, ts: string): ThreadRecord {
  return { ...record, d: { ...(record.d as Details), ts, m } };
}

/**
 * Channels that were edited have a new version, and whoever had seen the one before has seen this one: what an edit does
 * must not make anything run. One that was never written has no version, and gets none.
 */
function editedRecord(record: ThreadRecord, metadata: Metadata, channels: readonly string[], at: string): ThreadRecord {
  const next = nextVersion(Object.values(record.c).map(([version]) => version));
  const versions: Record<string, ThreadRecord['c'][string]> = {};
  const renewed = new Map<string, readonly [from: ThreadVersion, to: ThreadVersion]>();
  for (const [channel, [version, bytes]] of Object.entries(record.c)) {
    const to = channels.includes(channel) ? (next ?? version) : version;
    if (to !== version) renewed.set(channel, [version, to]);
    setOwn(versions, channel, [to, bytes]);
  }
  const seen: Record<string, Record<string, ThreadVersion>> = {};
  for (const [node, of] of Object.entries((record.d as Details).s)) {
    const all: Record<string, ThreadVersion> = {};
    for (const [channel, version] of Object.entries(of)) {
      const [from, to] = renewed.get(channel) ?? [];
      setOwn(all, channel, version === from && to !== undefined ? to : version);
    }
    setOwn(seen, node, all);
  }
  const kept = Object.entries(metadata.counters_since_delta_snapshot ?? {}).filter(
    ([channel]) => !channels.includes(channel),
  );
  const { counters_since_delta_snapshot: _, ...rest } = byHand('update', metadata);
  const counters = kept.length === 0 ? {} : { counters_since_delta_snapshot: Object.fromEntries(kept) };
  const { p: __, ...unneeding } = record;
  const made = kept.length === 0 ? unneeding : record;
  const edited = { ...made, c: versions, d: { ...(record.d as Details), s: seen } };
  return withMetadata(edited, { ...rest, ...counters }, at);
}

/** The version after all of them; `undefined` where it can't be told. */
function nextVersion(versions: readonly ThreadVersion[]): ThreadVersion | undefined {
  if (versions.every((version) => typeof version === 'number')) return Math.max(0, ...versions) + 1;
  const counts = versions.map((version) => /^(\d+)(?:\.|$)/.exec(String(version))?.[1]);
  if (!counts.every((count) => count !== undefined)) return undefined;
  const width = Math.max(...counts.map((count) => count.length));
  return `${String(Math.max(...counts.map(Number)) + 1).padStart(width, '0')}.0`;
}

/** What a delta channel holds where it was stored whole. */
function whole(value: unknown): unknown {
  return value instanceof KeptObject && value.name === 'langgraph/delta-snapshot' ? value.data : value;
}

function noState(channel: string): InvalidArgumentError {
  return new InvalidArgumentError(`The channel ${JSON.stringify(channel)} says what runs next, and is no state.`, {
    hint: 'Edit the channels of the state. To run something else, use graph.updateState with asNode.',
    details: { channel },
  });
}

/** `WAYMARK_THREAD_EDIT` */
function untold(channel: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_THREAD_EDIT',
    `The value of ${JSON.stringify(channel)} is made by its graph of what was written to it: it can't be merged into here.`,
    {
      hint: 'Give the whole value, which is no object, or go back without a patch and use graph.updateState.',
      details: { channel },
    },
  );
}

/** `WAYMARK_SERIALIZER_MISSING` */
function ownFormat(): WaymarkError {
  return new WaymarkError(
    'WAYMARK_SERIALIZER_MISSING',
    "The thread is stored in a format of its host's own, which can't be edited here.",
    { hint: 'Go back without a patch, and edit with graph.updateState, of a graph whose saver has the serializer.' },
  );
}
