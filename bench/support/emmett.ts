import type { DomainEvent } from 'waymark';

/** The part of Emmett's event stores that is used. */
export interface EmmettStore {
  appendToStream(stream: string, events: readonly never[]): Promise<unknown>;
  close?(): Promise<void>;
}

/** What installs Emmett's SQLite store beside what is there: its driver is compiled, which takes a minute or two. */
export const INSTALL_EMMETT_SQLITE =
  'npm install --no-save --legacy-peer-deps @event-driven-io/emmett-sqlite@0.42.4 sqlite3@5.1.7';

/** Appends events, those of each stream by themselves: a call of Emmett's is about one stream. */
export async function appendToEmmett(store: EmmettStore, events: readonly DomainEvent[]): Promise<void> {
  for (const [stream, part] of byStream(events)) await store.appendToStream(stream, part.map(toEmmett) as never[]);
}

/** Emmett's SQLite event store on a file of its own; `undefined` where it is not installed. */
export async function openEmmettSqlite(path: string): Promise<EmmettStore | undefined> {
  // It is no dependency, and so its types are not there.
  const name = '@event-driven-io/emmett-sqlite';
  try {
    const { getSQLiteEventStore } = (await import(name)) as {
      readonly getSQLiteEventStore: (options: object) => EmmettStore;
    };
    return getSQLiteEventStore({ fileName: path, schema: { autoMigration: 'CreateOrUpdate' } });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function byStream(events: readonly DomainEvent[]): ReadonlyMap<string, readonly DomainEvent[]> {
  const streams = new Map<string, DomainEvent[]>();
  for (const event of events) {
    const { stream } = event.context;
    const known = streams.get(stream);
    if (known === undefined) streams.set(stream, [event]);
    else known.push(event);
  }
  return streams;
}

function toEmmett({ type, payload, context }: DomainEvent) {
  return { type, data: payload as Record<string, unknown>, metadata: { ...context } };
}
