import type { EntryBody } from '../audit-entry.js';
import { parseEntryBody } from '../entry-codec.js';
import { type ExportCodec, type ExportedEntry, type RecordReader, wellFormed } from './export-format.js';
import { linesAreRecords } from './jsonl.js';

/** An entry as a CloudEvent 1.0 in the JSON event format. Names of extensions are lower-case letters and digits. */
export interface CloudEventRecord {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The `$id` of the JSON Schema that `waymark schema TYPE --json-schema` prints. */
  readonly dataschema: string;
  readonly correlationid?: string;
  readonly causationid?: string;
  readonly traceparent?: string;
  readonly actor?: string;
  /** A text: CloudEvents knows whole numbers of 32 bits only. */
  readonly waymarkposition: string;
  readonly waymarkrecordedat: string;
  readonly waymarkseverity: string;
  readonly waymarkoutcome: string;
  readonly waymarkcategory: string;
  /** The stored text in base64: a text of CloudEvents must not hold every character that it may. */
  readonly waymarkentry?: string;
  readonly data: EntryBody['payload'];
}

/** What stands for a program that did not say what it is. */
const UNNAMED_SOURCE = '/waymark';

// What RFC 3986 lets a reference consist of, without what would have to be in its right place.
const PLAIN_REFERENCE = /^[\w.~!$&'()*+,;=@/-]+$/;
const PLAIN_URI = /^[a-z][a-z0-9+.-]*:[\w.~!$&'()*+,;=@:/-]+$/i;

/** A CloudEvent each line. */
export function cloudEventLines(withEntry: boolean): ExportCodec {
  return {
    head: '',
    tail: '',
    holdsBodies: withEntry,
    record: (entry) => JSON.stringify(toCloudEvent(entry, withEntry)),
    place: (record) => `${record}\n`,
    reader: () => linesAreRecords,
    bodyOf,
  };
}

/** One list of CloudEvents, each on a line of its own. */
export function cloudEventBatch(withEntry: boolean): ExportCodec {
  return {
    ...cloudEventLines(withEntry),
    head: '[',
    tail: '\n]\n',
    place: (record, index) => `${index === 0 ? '' : ','}\n${record}`,
    reader: () => new BatchReader(),
  };
}

function toCloudEvent({ position, body }: ExportedEntry, withEntry: boolean): CloudEventRecord {
  const entry = parseEntryBody(body, position);
  const { correlationId, causationId, traceparent, actor } = entry;
  return {
    specversion: '1.0',
    id: entry.id,
    source: toReference(entry.source),
    type: entry.type,
    subject: entry.stream,
    time: entry.occurredAt,
    datacontenttype: 'application/json',
    dataschema: `urn:waymark:event:${entry.type}:${entry.schemaVersion}`,
    ...(correlationId === undefined ? {} : { correlationid: correlationId }),
    ...(causationId === undefined ? {} : { causationid: causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(actor === undefined ? {} : { actor }),
    waymarkposition: String(position),
    waymarkrecordedat: entry.recordedAt,
    waymarkseverity: entry.severity,
    waymarkoutcome: entry.outcome,
    waymarkcategory: entry.category,
    ...(withEntry ? { waymarkentry: Buffer.from(body).toString('base64') } : {}),
    data: entry.payload,
  };
}

/** A CloudEvent's source is a URI reference; that of an event may be any identifier. */
function toReference(source: string | undefined): string {
  if (source === undefined) return UNNAMED_SOURCE;
  if (PLAIN_REFERENCE.test(source) || (PLAIN_URI.test(source) && URL.canParse(source))) return source;
  return encodeURIComponent(wellFormed(source));
}

function bodyOf(record: string): string {
  const { waymarkentry } = JSON.parse(record) as CloudEventRecord;
  if (typeof waymarkentry !== 'string') throw new TypeError('it holds no entry');
  return Buffer.from(waymarkentry, 'base64').toString('utf8');
}

class BatchReader implements RecordReader {
  readonly isWithin = false;
  #state: 'before' | 'first' | 'within' | 'last' | 'after' = 'before';

  next(line: string): string | undefined | { readonly problem: string } {
    if (this.#state === 'before' && line === '[') {
      this.#state = 'first';
      return undefined;
    }
    if ((this.#state === 'first' || this.#state === 'last') && line === ']') {
      this.#state = 'after';
      return undefined;
    }
    if (this.#state !== 'first' && this.#state !== 'within') {
      return { problem: 'it is no list with an event each line' };
    }
    const isFollowed = line.endsWith(',');
    this.#state = isFollowed ? 'within' : 'last';
    return isFollowed ? line.slice(0, -1) : line;
  }

  end(): string | undefined {
    return this.#state === 'after' ? undefined : 'its list does not end';
  }
}
